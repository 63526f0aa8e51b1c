import { hex } from "@readback/core/wire";
import type { ReadableLog } from "./relay-store.ts";

/** An entry that the store has made durable. */
export interface Published {
  readonly conversation: Uint8Array;
  readonly seq: number;
  /** Full names of devices that are members since this entry, and until this entry. */
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** The message that tells of it, as frames: shared, never changed. @param device - whom it is for: a full name */
  framesFor(device: string): readonly Uint8Array[];
}

/** A connection that wants to be told. */
export interface Subscriber {
  /** The full name of its device. */
  readonly device: string;
  /** Takes one entry. */
  onEntry(published: Published): void;
  /** There may be something new in the device's inbox. */
  onInbox(): void;
  /** Somebody has taken a key package of the device, of this suite. */
  onClaim(suite: number): void;
}

/**
 * Tells every connection of every member what was appended, in the order of each log, each entry once. It knows only
 * conversations that somebody listens to, so an entry costs as much as there are listeners.
 */
export class FanOut {
  /** By device. Lists are never changed: somebody may be going through one. */
  readonly #subscribers = new Map<string, readonly Subscriber[]>();
  /** By conversation: who listens, and the last entry each was told or knew already. */
  readonly #listeners = new Map<string, Map<Subscriber, number>>();
  /** What each listens to, where it does. */
  readonly #conversations = new Map<Subscriber, Set<string>>();
  /** What was published while a subscriber was reading where its logs stand. */
  readonly #held = new Map<Subscriber, Published[]>();

  /** From now on nothing is missed: entries are held back until {@link start}. */
  prepare(subscriber: Subscriber): void {
    this.stop(subscriber);
    this.#held.set(subscriber, []);
  }

  /** Tells everything after `logs`, which were read after {@link prepare}. */
  start(subscriber: Subscriber, logs: readonly Omit<ReadableLog, "hash">[]): void {
    const held = this.#held.get(subscriber);
    if (held === undefined) return;
    this.#held.delete(subscriber);
    const own = this.#subscribers.get(subscriber.device) ?? [];
    this.#subscribers.set(subscriber.device, [...own, subscriber]);
    for (const { conversation, seq, ended } of logs) {
      if (!ended) this.#listen(hex(conversation), subscriber, seq);
    }
    for (const published of held) this.#tell(hex(published.conversation), subscriber, published);
  }

  /** Tells nothing more. */
  stop(subscriber: Subscriber): void {
    this.#held.delete(subscriber);
    for (const key of this.#conversations.get(subscriber) ?? []) this.#ignore(key, subscriber);
    this.#conversations.delete(subscriber);
    const others = this.#subscribers.get(subscriber.device)?.filter((other) => other !== subscriber) ?? [];
    if (others.length > 0) this.#subscribers.set(subscriber.device, others);
    else this.#subscribers.delete(subscriber.device);
  }

  /** Passes on an entry. Entries of one log come in their order. */
  publish(published: Published): void {
    for (const held of this.#held.values()) held.push(published);
    const key = hex(published.conversation);
    for (const device of published.added) {
      for (const subscriber of this.#subscribers.get(device) ?? []) {
        this.#listen(key, subscriber, published.seq - 1);
      }
    }
    for (const subscriber of [...(this.#listeners.get(key)?.keys() ?? [])]) {
      this.#tell(key, subscriber, published);
    }
  }

  /** Tells devices that their inboxes have changed. */
  publishInbox(devices: readonly string[]): void {
    for (const device of devices) {
      for (const subscriber of this.#subscribers.get(device) ?? []) subscriber.onInbox();
    }
  }

  /** Tells devices that somebody has taken a key package of theirs, of this suite. */
  publishClaim(devices: readonly string[], suite: number): void {
    for (const device of devices) {
      for (const subscriber of this.#subscribers.get(device) ?? []) subscriber.onClaim(suite);
    }
  }

  #tell(key: string, subscriber: Subscriber, published: Published): void {
    const { seq, added, removed } = published;
    const joins = added.includes(subscriber.device);
    // What came before may have ended it.
    if (!this.#subscribers.get(subscriber.device)?.includes(subscriber)) return;
    if (joins) this.#listen(key, subscriber, seq - 1);
    const told = this.#listeners.get(key)?.get(subscriber);
    if (told === undefined || told >= seq) return;
    this.#listeners.get(key)?.set(subscriber, seq);
    subscriber.onEntry(published);
    if (removed.includes(subscriber.device) && !joins) this.#ignore(key, subscriber);
  }

  #listen(key: string, subscriber: Subscriber, after: number): void {
    const listeners = entryOf(this.#listeners, key, () => new Map<Subscriber, number>());
    listeners.set(subscriber, Math.max(after, listeners.get(subscriber) ?? 0));
    entryOf(this.#conversations, subscriber, () => new Set()).add(key);
  }

  #ignore(key: string, subscriber: Subscriber): void {
    const listeners = this.#listeners.get(key);
    if (listeners?.delete(subscriber) && listeners.size === 0) this.#listeners.delete(key);
    this.#conversations.get(subscriber)?.delete(key);
  }
}

function entryOf<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
