import type { EntryKind } from "@readback/core/wire";

/** One entry, as the relay's store got it. */
export interface KnownEntry {
  readonly kind: EntryKind;
  readonly epoch: bigint;
  /** Full name of the device that submitted it. */
  readonly device: string;
  readonly acceptedAt: number;
  /** When that was in truth: milliseconds since the beginning. */
  readonly at: number;
  readonly payloadHash: string;
}

/** From the entry that added a device up to and with the one that removed it. */
export interface Stay {
  readonly since: number;
  until: number | undefined;
}

/** One conversation's log as the relay's store has it, and what was seen of it on devices. */
export class LogRecord {
  readonly id: string;
  /** Entry `seq` at `seq - 1`. */
  readonly entries: KnownEntry[] = [];
  /** By full name. */
  readonly stays = new Map<string, Stay[]>();
  /** Who has asked to leave since the last commit, once for each of their devices. */
  leaving: string[] = [];
  /** Message ids and texts by place, as the first device that showed them had them. */
  readonly shown = new Map<number, { readonly id: string; readonly text: string }>();
  readonly placeOf = new Map<string, number>();
  /** Texts by message id, where places are not the same for all. */
  readonly saidAs = new Map<string, string>();
  /** GroupContexts by epoch, as the first device that got there had them. */
  readonly contexts = new Map<string, string>();

  /** The conversation that follows it, once its group was reinitialized. */
  successor: string | undefined;

  /** Whether it was put back: who was a member when is then not the same for all. */
  isPutBack = false;

  constructor(id: string) {
    this.id = id;
  }

  get head(): number {
    return this.entries.length;
  }

  /** The relay's store was put back: what came after an entry never was. */
  putBack(head: number): void {
    this.isPutBack = true;
    if (head < this.head) this.successor = undefined;
    this.entries.length = Math.min(head, this.entries.length);
    for (const [device, stays] of this.stays) {
      const kept = stays.filter(({ since }) => since <= head);
      for (const stay of kept) if ((stay.until ?? 0) > head) stay.until = undefined;
      this.stays.set(device, kept);
    }
  }

  /** Whether an entry is for a device to read: it was a member when it was accepted, and before. */
  isFor(device: string, seq: number): boolean {
    return (this.stays.get(device) ?? []).some(
      ({ since, until }) => since < seq && (until === undefined || seq <= until),
    );
  }

  /** Whether a relay may show an entry to a device. */
  mayRead(device: string, seq: number): boolean {
    return (this.stays.get(device) ?? []).some(
      ({ since, until }) => since <= seq && (until === undefined || seq <= until),
    );
  }

  /** The stay that lasts, or `undefined` where the device is no member. */
  stayOf(device: string): Stay | undefined {
    return this.stays.get(device)?.find(({ until }) => until === undefined);
  }

  /** Persons who were members when an entry was accepted, with the devices that were. */
  personsAt(seq: number): Map<string, string[]> {
    const persons = new Map<string, string[]>();
    for (const [device, stays] of this.stays) {
      if (!stays.some(({ since, until }) => since <= seq && (until === undefined || until > seq))) continue;
      const person = device.slice(0, device.indexOf("/"));
      const own = persons.get(person);
      if (own === undefined) persons.set(person, [device]);
      else own.push(device);
    }
    return persons;
  }
}
