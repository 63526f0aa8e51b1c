/** What the Ward knows of one device from outside: what its disk holds, what its person did, what it was seen to do. */
export class DeviceRecord {
  readonly name: string;
  readonly person: string;
  /** Places of messages and acknowledgements that its disk holds, by conversation. */
  readonly held = new Map<string, Set<number>>();
  /** Places that its disk held once, by conversation and place; it may have been put back since. */
  readonly heldOnce = new Set<string>();
  /** Hashes of payloads that its disk holds. */
  readonly payloads = new Set<string>();
  /** The last place its person has marked as read, by conversation. */
  readonly marked = new Map<string, number>();
  /** Ids of messages that its person has acknowledged. */
  readonly acknowledged = new Set<string>();
  /** How far its receipts have been checked, by conversation and level. */
  readonly claimed = new Map<string, number>();
  /** Hashes of payloads that it was seen to send. */
  readonly sent = new Set<string>();
  /** The last place whose message its person was told of, by conversation. */
  readonly told = new Map<string, number>();
  /** Places of later versions that its person was told of, by conversation and place. */
  readonly versionsTold = new Set<string>();

  /** Whether its disk was put back to an old copy. */
  isPutBack = false;
  /** How often it was welcomed to a conversation. */
  joins = 0;

  constructor(name: string) {
    this.name = name;
    this.person = name.slice(0, name.indexOf("/"));
  }

  holds(conversation: string, seq: number): boolean {
    return this.held.get(conversation)?.has(seq) === true;
  }

  /** Its disk holds an old copy from now on. */
  putBack(): void {
    this.isPutBack = true;
    for (const [conversation, held] of this.held)
      for (const seq of held) this.heldOnce.add(`${conversation} ${seq}`);
    this.held.clear();
    this.payloads.clear();
  }

  hold(conversation: string, seq: number): void {
    const held = this.held.get(conversation);
    if (held === undefined) this.held.set(conversation, new Set([seq]));
    else held.add(seq);
  }
}
