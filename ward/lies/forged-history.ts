import { hex, type LogEnd, type LogEntry, type LogHead, type RelayMessage } from "@readback/core/wire";
import type { ForgedRelay } from "../scenarios/forged-relay.ts";
import type { Victim } from "./victim.ts";

/** What stands in place of an entry, chained and signed anew; `undefined`: the entry itself. */
export type Edit = (entry: LogEntry, told: readonly LogEntry[]) => readonly LogEntry[] | undefined;

const mostInPage = 128;

/**
 * Another history of one log, for one device, from a place on. One entry is not what it was, and all that follow hang on
 * it; all of it is signed, and the relay sticks to it.
 */
export class ForgedHistory {
  readonly #forged: ForgedRelay;
  readonly #conversation: string;
  readonly #from: number;
  readonly #edit: Edit;
  readonly #onTold: () => void;
  readonly #told: { readonly entry: LogEntry; readonly head: LogHead }[] = [];
  #real: number;

  /**
   * @param from - the last entry that stays as it is
   * @param onTold - called for each entry that is not what it was
   */
  constructor(forged: ForgedRelay, conversation: string, from: number, edit: Edit, onTold: () => void) {
    this.#forged = forged;
    this.#conversation = conversation;
    this.#from = from;
    this.#real = from;
    this.#edit = edit;
    this.#onTold = onTold;
  }

  /** What to ask the real log for, where the device asks for what comes after an entry. */
  realAfter(after: number): number {
    return after < this.#from ? after : Math.min(after, this.#real);
  }

  fromRelay(message: RelayMessage, victim: Victim): readonly RelayMessage[] {
    if (message.type === "entry") return this.#push(message);
    if (message.type !== "answer") return [message];
    const { id, answer } = message;
    const request = victim.requests.get(id);
    if (answer.type === "entries" && request?.type === "fetch" && this.#isAbout(request.conversation)) {
      const entries = this.#page(answer.entries, request.after);
      const head = this.#headOf(entries, answer.head);
      return [{ ...message, answer: { ...answer, entries, head } }];
    }
    if (answer.type === "appended" && request?.type === "append" && this.#isAbout(request.conversation))
      return [{ ...message, answer: { ...answer, seq: answer.seq + this.#shift } }];
    if (answer.type === "subscribed" && this.#shift !== 0) {
      const heads = answer.heads.map((head) =>
        this.#isAbout(head.conversation) ? { ...head, seq: head.seq + this.#shift } : head,
      );
      return [{ ...message, answer: { ...answer, heads } }];
    }
    const last = this.#told.at(-1);
    if (answer.type !== "ends" || request?.type !== "ends" || last === undefined) return [message];
    if (answer.ends === undefined) return [message];
    const { conversation, seq, entryHash: hash } = last.head;
    const own: LogEnd = { conversation, seq, hash };
    const ends = answer.ends.map((end) => (this.#isAbout(end.conversation) ? own : end));
    const { fullName } = victim.device;
    return [{ ...message, answer: this.#forged.ends(fullName, request.nonce, ends, answer.signedAt) }];
  }

  get #shift(): number {
    return this.#told.length - (this.#real - this.#from);
  }

  #isAbout(conversation: Uint8Array): boolean {
    return hex(conversation) === this.#conversation;
  }

  #push(message: Extract<RelayMessage, { type: "entry" }>): readonly RelayMessage[] {
    const { header } = message.entry;
    if (!this.#isAbout(header.conversation) || header.seq <= this.#from) return [message];
    const before = this.#told.length;
    this.#take(message.entry);
    return this.#told.slice(before).map(({ entry, head }) => ({ type: "entry", entry, head }));
  }

  #page(entries: readonly LogEntry[], after: number): LogEntry[] {
    const kept = entries.filter(({ header }) => header.seq <= this.#from);
    for (const entry of entries) this.#take(entry);
    const end = kept.at(-1)?.header.seq ?? after;
    if (end < this.#from) return kept;
    const told = this.#told.map(({ entry }) => entry).filter(({ header }) => header.seq > end);
    return [...kept, ...told].slice(0, mostInPage);
  }

  /** The word for the last entry of a page, or for where all ends. */
  #headOf(entries: readonly LogEntry[], real: LogHead): LogHead {
    const seq = entries.at(-1)?.header.seq ?? Number.POSITIVE_INFINITY;
    return this.#told.findLast(({ head }) => head.seq <= seq)?.head ?? real;
  }

  #take(entry: LogEntry): void {
    if (entry.header.seq !== this.#real + 1) return;
    this.#real += 1;
    const told = this.#told.map((one) => one.entry);
    const edited = this.#edit(entry, told);
    if (edited !== undefined) this.#onTold();
    for (const one of edited ?? [entry]) this.#chain(one, entry);
  }

  #chain({ header, payload }: LogEntry, real: LogEntry): void {
    const last = this.#told.at(-1);
    const place = {
      conversation: real.header.conversation,
      relay: real.header.relay,
      epoch: real.header.epoch,
      seq: this.#from + this.#told.length + 1,
      previousHash: last?.head.entryHash ?? real.header.previousHash,
      acceptedAt: Math.max(header.acceptedAt, last?.entry.header.acceptedAt ?? 0),
    };
    const entry = { header: { ...header, ...place }, payload };
    this.#told.push({ entry, head: this.#forged.head(entry) });
  }
}
