import type { Batch } from "./interleave.ts";

/** Something that speaks MLS, set up to be measured: suite 1 or 2, basic credentials, nothing optional. */
export interface Contestant {
  /** Two devices, from nothing to the first message of 100 bytes that was decrypted. */
  setUp(): Promise<void> | void;
  /** A group whose creator has added everybody else by one commit. */
  group(size: number): Promise<LargeGroup>;
  /** A group in which everybody has come by an external commit, so that no node of its tree is blank. */
  warmGroup(size: number): Promise<WarmGroup>;
}

/** Steps that can be taken again and again: each starts from the same state, but for the messages. */
export interface LargeGroup {
  /** The commit that added everybody, from encoded key packages. */
  addAll(): Promise<void> | void;
  /** The join of the last member. */
  join(): Promise<void> | void;
  /** The same, with its signatures verified on other threads; absent where there is no such thing. */
  readonly joinAhead?: () => Promise<void>;
  /** What the last member does with a commit of the creator. */
  process(commit: Uint8Array): Promise<void> | void;
  readonly commits: Readonly<Record<"add" | "remove" | "update", Uint8Array>>;
  /** Encoded, as they travel. */
  readonly sizes: Readonly<Record<"keyPackage" | "commit" | "welcome" | "welcomeOfOne", number>>;
  /** Messages of 100 bytes from member to member, one after the other: each is encrypted, then all are decrypted. */
  messages(): Record<"encrypt" | "decrypt", Batch>;
  /** `count` messages from these leaves in turns, decrypted one after the other by the last member. */
  catchUp(senders: number, count: number): Promise<Batch>;
  save(): void;
  restore(): void;
  readonly stateSize: number;
  /** What has to be written for one message, once a sender is known; the whole state where that is all there is. */
  readonly messageSize: number;
}

/** Steps of a group whose tree is full. */
export interface WarmGroup {
  update(): Promise<void> | void;
  processUpdate(): Promise<void> | void;
  readonly updateSize: number;
}
