import { hex } from "../codec/hex.ts";
import { logSuiteId } from "../conversation/log-entry.ts";
import { openConversation } from "../conversation/open.ts";
import { defaultCryptoProvider } from "../crypto/default-provider.ts";
import { ReadbackError } from "../error.ts";
import { ClientRuntime } from "./client-runtime.ts";
import type { Conversation } from "./conversation.ts";
import type { ConversationRuntime } from "./conversation-runtime.ts";
import { loadDevice } from "./device.ts";
import type { ClientEvents } from "./events.ts";
import { leafSettings } from "./key-packages.ts";
import type { ClientOptions } from "./options.ts";
import { checkPersons, claimKeyPackages } from "./recipients.ts";
import { systemRandom } from "./system.ts";
import { storeKeySize, Vault } from "./vault.ts";
import { abortable } from "./waiting.ts";

/** Who a conversation is with, and about what. */
export interface OpenOptions {
  /** The other persons, each with all devices; at least one. */
  readonly members: readonly string[];
  /** What it is about, at most 1,024 bytes of UTF-8. Only members can read it. */
  readonly subject?: string;
  /** Ends the wait. */
  readonly signal?: AbortSignal;
}

/** One device of one person. */
export class Client {
  readonly #runtime: ClientRuntime;

  /** @internal */
  constructor(runtime: ClientRuntime) {
    this.#runtime = runtime;
  }

  /** The person it belongs to. */
  get person(): string {
    return this.#runtime.engine.device.identity.person;
  }

  /** Its name among the devices of the person. */
  get device(): string {
    return this.#runtime.engine.device.identity.device;
  }

  /** Whether there is a connection right now. */
  get connection(): "online" | "offline" {
    return this.#runtime.presence.session === undefined ? "offline" : "online";
  }

  /**
   * Resolves as soon as there is a connection and others can reach this device. Rejects with `aborted` or `closed`.
   * Nothing needs it but a program that must not go on before.
   */
  async online(options?: { readonly signal?: AbortSignal }): Promise<void> {
    await this.#runtime.presence.online(options?.signal);
  }

  /**
   * Opens a conversation. Waits for the connection, since it takes fresh keys of every device; resolves once the log has
   * it. Rejects with `unknown-recipient`, `invalid-argument`, `text-too-long`, `aborted`, `closed`, `transport-failed`
   * where the connection is lost meanwhile, `relay-refused` or an `mls-…` code. Once `signal` aborts, it may or may not come to be.
   */
  async open(options: OpenOptions): Promise<Conversation> {
    const { members, subject = "", signal } = options;
    checkPersons(members);
    if (members.includes(this.person)) {
      throw new ReadbackError("invalid-argument", "One's own devices are members by themselves.");
    }
    const { engine, presence } = this.#runtime;
    const session = await presence.online(signal);
    const { device, authority } = engine;
    const { identity, signatureKeyPair, suite } = device;
    const keyPackages = await claimKeyPackages(session, authority, {
      suite: suite.id,
      persons: [...members, this.person],
      except: [],
    });
    const hub = { relay: session.challenge.relay, logKey: session.challenge.logKey };
    const leaf = leafSettings(engine);
    const step = openConversation(
      { identity, signatureKeyPair, hub, subject, keyPackages, leaf },
      engine.tools(),
    );
    const id = hex(step.state.id);
    await engine.run(() => engine.complete(step));
    const runtime = this.#runtime.begin(id);
    await this.#opened(runtime, signal);
    return runtime.conversation;
  }

  /** All conversations of this device, also those it has left. */
  conversations(): Conversation[] {
    return this.#runtime.conversations
      .filter(({ state }) => state.phase !== "creating")
      .map((r) => r.conversation);
  }

  /** The conversation with this identifier, or `undefined`. */
  conversation(id: string): Conversation | undefined {
    return this.conversations().find((conversation) => conversation.id === id);
  }

  /** Calls `listener` for each event from now on. Returns its undo. */
  on<Name extends keyof ClientEvents>(
    name: Name,
    listener: (payload: ClientEvents[Name]) => unknown,
  ): () => void {
    return this.#runtime.events.on(name, listener);
  }

  /** Goes offline, lets go of the store and overwrites its key in memory. Idempotent; nothing durable is lost. */
  close(): Promise<void> {
    return this.#runtime.close();
  }

  /** Waits for the first commit; where it cannot come to be, nothing of the conversation stays. */
  async #opened(runtime: ConversationRuntime, signal: AbortSignal | undefined): Promise<void> {
    const [intent] = runtime.state.intents;
    if (intent === undefined) return;
    const outcome = runtime.outcome(intent.number);
    outcome.catch(() => {});
    runtime.submitter.pump();
    try {
      await abortable<void>(signal, (resolve, reject) => {
        outcome.then(resolve, reject);
        return () => {};
      });
    } catch (error) {
      if (runtime.state.phase === "creating" && !isWait(error)) await this.#runtime.discard(runtime.id);
      throw error;
    }
  }
}

/**
 * Makes a client from its parts. Resolves when what is stored is loaded; the connection comes and goes by itself, as
 * `connection` events tell. Rejects with `storage-wrong-key`, `storage-damaged` or other `storage-…` codes, with
 * `invalid-argument` and with `unsupported-suite`; the storage is then closed.
 */
export async function createClient(options: ClientOptions): Promise<Client> {
  const { identity, storage, crypto = defaultCryptoProvider(), random = systemRandom } = options;
  try {
    const key = storeKeyOf(options);
    const vault = await Vault.open(storage, crypto.aes256Gcm, key, random);
    const device = await loadDevice(vault, identity, options.suite ?? logSuiteId, crypto, logSuiteId, random);
    const runtime = new ClientRuntime(vault, device, options);
    await runtime.start();
    return new Client(runtime);
  } catch (error) {
    await storage.close();
    throw error;
  }
}

function storeKeyOf({ storeKey, storage, random = systemRandom }: ClientOptions): Uint8Array {
  // Not `slice`: that of a Node `Buffer` shares its bytes, and closing would overwrite the key of the caller.
  if (storeKey !== undefined) return new Uint8Array(storeKey);
  if ("reopen" in storage) return random(storeKeySize);
  throw new ReadbackError("invalid-argument", "A store that outlives the process needs a store key.");
}

function isWait(error: unknown): boolean {
  return error instanceof ReadbackError && (error.code === "aborted" || error.code === "closed");
}
