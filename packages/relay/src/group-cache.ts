import type { LogGroup } from "./handshakes.ts";

const mostLeaves = 50_000;

/** A conversation's group and the entry that changed it last. */
export interface CachedGroup {
  readonly handshakeSeq: number;
  readonly group: LogGroup;
}

/** The groups that were used last, decoded. What it holds may be out of date; who uses it finds out at the append. */
export class GroupCache {
  readonly #groups = new Map<string, CachedGroup>();
  #leaves = 0;

  /** The group that was put last, or `undefined`. */
  get(conversation: string): CachedGroup | undefined {
    const cached = this.#groups.get(conversation);
    if (cached === undefined) return undefined;
    // A map keeps the order of insertion: what is used moves to the end.
    this.#groups.delete(conversation);
    this.#groups.set(conversation, cached);
    return cached;
  }

  /** Keeps a group, and lets go of those that were not used for longest where there are too many. */
  put(conversation: string, cached: CachedGroup): void {
    this.#forget(conversation);
    this.#groups.set(conversation, cached);
    this.#leaves += weightOf(cached);
    for (const oldest of this.#groups.keys()) {
      if (this.#leaves <= mostLeaves || oldest === conversation) return;
      this.#forget(oldest);
    }
  }

  #forget(conversation: string): void {
    const cached = this.#groups.get(conversation);
    if (cached === undefined) return;
    this.#groups.delete(conversation);
    this.#leaves -= weightOf(cached);
  }
}

/** Memory grows with the leaves; a group costs something even without. */
function weightOf({ group }: CachedGroup): number {
  return group.devices.size + 10;
}
