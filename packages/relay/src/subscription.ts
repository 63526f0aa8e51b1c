import {
  type Cursor,
  encodeRelayMessage,
  type RelayMessage,
  type SubscribeRequest,
  splitMessage,
} from "@readback/core/wire";
import type { Published, Subscriber } from "./fan-out.ts";
import type { Hub, KnownDevice } from "./hub.ts";
import type { Outgoing } from "./outgoing.ts";
import type { ReadableLog } from "./relay-store.ts";

/** What one connection hears by itself: new entries as they come, and its device's inbox from a cursor on. */
export class Subscription implements Subscriber {
  readonly device: string;
  readonly #hub: Hub;
  readonly #outgoing: Outgoing;
  readonly #fail: (reason: "slow-connection" | "store-failed") => void;
  #inboxAfter = 0;
  #reading = false;
  #again = false;
  #stopped = false;

  /** @param fail - ends the connection */
  constructor(
    hub: Hub,
    device: KnownDevice,
    outgoing: Outgoing,
    fail: (reason: "slow-connection" | "store-failed") => void,
  ) {
    this.device = device.name;
    this.#hub = hub;
    this.#outgoing = outgoing;
    this.#fail = fail;
  }

  /**
   * Finds where the device's logs stand. Rejects where the store fails. `begin` is to be called once the answer is on
   * its way: what the subscription sends comes after it.
   */
  async prepare(request: SubscribeRequest): Promise<{ heads: Cursor[]; begin: () => void }> {
    const { fanOut } = this.#hub;
    fanOut.prepare(this);
    const logs = await this.#open(request.inboxAfter).catch((error: unknown) => {
      // What is held back for a beginning that never comes would be held for ever.
      fanOut.stop(this);
      throw error;
    });
    const begin = (): void => {
      if (this.#stopped) return;
      this.#inboxAfter = request.inboxAfter;
      fanOut.start(this, logs);
      this.onInbox();
    };
    return { heads: logs.map(({ conversation, seq }) => ({ conversation, seq })), begin };
  }

  /** What a device holds, and went out before it could say so, is not kept for it. */
  async #open(inboxAfter: number): Promise<ReadableLog[]> {
    const { store } = this.#hub;
    const [first] = await store.readInbox(this.device, 0, 1);
    if (first !== undefined && first.index <= inboxAfter) await store.forgetInbox(this.device, inboxAfter);
    return store.readableLogs(this.device);
  }

  /** Hears nothing more. Idempotent. */
  stop(): void {
    this.#stopped = true;
    this.#hub.fanOut.stop(this);
  }

  onEntry(published: Published): void {
    if (!this.#outgoing.offer(published.framesFor(this.device))) this.#fail("slow-connection");
  }

  onClaim(suite: number): void {
    const message: RelayMessage = { type: "claimed", suite };
    if (!this.#outgoing.offer(splitMessage(encodeRelayMessage(message)))) this.#fail("slow-connection");
  }

  onInbox(): void {
    this.#again = true;
    if (!this.#reading) void this.#sendInbox();
  }

  /** Reads the inbox page by page, as fast as the connection takes it. */
  async #sendInbox(): Promise<void> {
    this.#reading = true;
    try {
      while (this.#again && !this.#stopped) {
        await this.#outgoing.room();
        this.#again = false;
        const items = await this.#hub.store.readInbox(
          this.device,
          this.#inboxAfter,
          this.#hub.limits.pageSize,
        );
        for (const { index, item } of items) {
          await this.#outgoing.room();
          if (this.#stopped) return;
          const message: RelayMessage = { type: "inbox", after: this.#inboxAfter, index, item };
          this.#outgoing.add(splitMessage(encodeRelayMessage(message)));
          this.#inboxAfter = index;
          this.#again = true;
        }
      }
    } catch {
      // The device asks again for what it does not have when it comes back.
      if (!this.#stopped) this.#fail("store-failed");
    } finally {
      this.#reading = false;
    }
  }
}
