import { hex } from "../codec/hex.ts";
import { decode } from "../codec/reader.ts";
import { encode, type Writer } from "../codec/writer.ts";
import { successorOf } from "../conversation/reinitialize.ts";
import { hasCode } from "../error.ts";
import type { Change } from "../port/storage.ts";
import { addPersons } from "./change-members.ts";
import type { ConversationRuntime } from "./conversation-runtime.ts";
import type { Engine } from "./engine.ts";
import { storeKey } from "./store-key.ts";

/** Milliseconds until the next try: the device may have yet to publish its keys, the relay be busy, the disk be full. */
const delays = [0, 1_000, 5_000, 30_000, 120_000];

/** What makes it durable that the inbox item `index` told of a new device; to be stored together with the inbox's cursor. */
export function noteNewDevice(index: number): Change {
  return { put: storeKey.newDevice, value: encode((writer: Writer) => void writer.safe(index), undefined) };
}

/** Adds new devices of our own person to all conversations. What a crash or a lost connection cuts off is taken up again. */
export class OwnDevices {
  readonly #engine: Engine;
  readonly #conversations: () => readonly ConversationRuntime[];
  readonly #onFailure: (error: unknown) => void;
  #due: number | undefined;
  #working = false;

  /**
   * @param conversations - all that run
   * @param onFailure - called with what went wrong, whether or not it is tried again
   */
  constructor(
    engine: Engine,
    conversations: () => readonly ConversationRuntime[],
    onFailure: (error: unknown) => void,
  ) {
    this.#engine = engine;
    this.#conversations = conversations;
    this.#onFailure = onFailure;
  }

  /** Reads whether something was left undone. */
  async load(): Promise<void> {
    const stored = await this.#engine.vault.read(storeKey.newDevice);
    if (stored !== undefined) this.#due = decode((reader) => reader.safe(), stored);
  }

  /** There is a new device; {@link noteNewDevice} is stored. Within the task that stored it. */
  tell(index: number): void {
    this.#due = index;
    this.pursue();
  }

  /** Goes on with what is undone. Cheap where there is nothing to do. */
  pursue(): void {
    if (this.#due === undefined || this.#working) return;
    this.#working = true;
    this.#work(this.#due)
      .catch(this.#onFailure)
      .finally(() => {
        this.#working = false;
      });
  }

  /** One conversation after the other: a relay hands out only so many keys at once. */
  async #work(due: number): Promise<void> {
    const conversations = this.#conversations();
    let isDone = true;
    for (const runtime of conversations) {
      const outcome = await this.#addTo(runtime);
      if (outcome === "stopped") return;
      isDone &&= outcome === "done";
    }
    if (this.#conversations().length > conversations.length) return await this.#work(due);
    if (!isDone || conversations.some(({ isEnded, state }) => isEnded || state.phase === "creating")) return;
    await this.#engine.run(async () => {
      if (this.#due !== due) return;
      await this.#engine.write([{ remove: storeKey.newDevice }]);
      this.#due = undefined;
    });
    if (this.#due !== undefined) await this.#work(this.#due);
  }

  /**
   * `done`: all devices are members, or we are none ourselves. `awaited`: what follows the conversation is still to come.
   * `stopped`: nothing can be added anywhere now.
   */
  async #addTo(runtime: ConversationRuntime): Promise<"done" | "awaited" | "stopped"> {
    for (const delay of delays) {
      if (delay > 0) await pause(runtime, delay);
      if (runtime.isEnded) return "stopped";
      const { session } = runtime.presence;
      if (isAwaited(runtime)) return "awaited";
      // What is kept elsewhere is told of there.
      if (runtime.state.phase !== "active" || (session && !runtime.isHub(session))) return "done";
      try {
        await addPersons(runtime, [runtime.self.person]);
        return "done";
      } catch (error) {
        // Without a connection the next session takes it up; nobody has asked for it and need know.
        if (hasCode(error, "transport-failed") || hasCode(error, "closed")) return "stopped";
        if (hasCode(error, "conversation-moved")) return isAwaited(runtime) ? "awaited" : "done";
        if (hasCode(error, "not-a-member")) return "done";
        if (hasCode(error, "storage-full")) this.#onFailure(error);
        else if (!hasCode(error, "unknown-recipient") && !hasCode(error, "relay-refused")) throw error;
      }
    }
    return "stopped";
  }
}

/** Whether what follows a conversation is still to come: the device has to be added there. */
function isAwaited({ engine, state }: ConversationRuntime): boolean {
  const next = successorOf(state, engine.device.logSuite);
  return next !== undefined && engine.state(hex(next.id)) === undefined;
}

/** Resolves after a while, or at once when the client closes. */
function pause(runtime: ConversationRuntime, delay: number): Promise<void> {
  const { clock } = runtime.engine;
  return new Promise((resolve) => {
    const cancel = clock.wake(clock.now() + delay, () => {
      forget();
      resolve();
    });
    const forget = runtime.onEnd(() => {
      cancel();
      resolve();
    });
  });
}
