import { decode, type Reader } from "../codec/reader.ts";
import { encode, type Writer } from "../codec/writer.ts";
import { encodeContent } from "./content.ts";
import { contentContext } from "./content-context.ts";
import type { FaultContent } from "./fault-content.ts";
import { isSameDevice } from "./identity.ts";
import { report } from "./integrity.ts";
import { presentMembers, presentSince } from "./members.ts";
import { encodeMessageRecord, type MessageRecord, readRecordVersion } from "./message-record.ts";
import { numbered, recordName } from "./record-name.ts";
import { seenOf } from "./send.ts";
import type { Member } from "./state.ts";
import type { Step } from "./step.ts";

/** An entry of this device that somebody could not read. It is said again at most once, whoever asks and however often. */
export interface Repair {
  readonly seq: number;
  readonly isDone: boolean;
}

const noId = new Uint8Array(32);

/**
 * Keeps what a device says it cannot read, and wants to say again what of it is ours. Nobody is heard about what was
 * there before they were: they were not meant to read it.
 */
export function receiveFaults(
  step: Step,
  record: MessageRecord,
  author: Member,
  content: FaultContent,
): void {
  const { group, repairs, members, self } = step.state;
  const own = members.findLast((member) => isSameDevice(member, self)) ?? author;
  const forgotten = step.state.keptFrom - 1;
  const since = Math.max(presentSince(step.state, own), presentSince(step.state, author), forgotten);
  for (const { seq, from, leaf, reason } of content.faults) {
    if (seq <= since) continue;
    // A place can be missing only before there is a new one. What a device has missed before that one, it says once.
    if (reason === "missed" && seq >= author.since) {
      report(step, { what: "false-claim", seq: record.seq, by: record.author });
      continue;
    }
    const name =
      reason === "missed"
        ? numbered(recordName.missed, author.since, author.leaf)
        : numbered(recordName.fault, seq, record.seq);
    step.put(name, encodeMessageRecord(record));
    const after = Math.max(from - 1, since);
    step.emit({ type: "fault", by: record.author, from: after, to: seq, at: record.acceptedAt });
    const isOurs = leaf !== undefined && leaf === group?.ownLeaf;
    if (!isOurs || repairs.some((repair) => repair.seq === seq)) continue;
    // What broke the rules would break them again.
    if (reason === "not-understood") step.emit({ type: "unrepaired", seq });
    putRepair(step, { seq, isDone: reason === "not-understood" });
  }
}

/**
 * Says again what stands at a place, once. Not where a device is there now that was not then: whoever joins later does
 * not read what was said before. Returns whether it is said.
 */
export function sayAgain(step: Step, record: MessageRecord): boolean {
  const { state } = step;
  const { seq: ofSeq, opening, signature } = record;
  const repair = state.repairs.find(({ seq, isDone }) => seq === ofSeq && !isDone);
  if (repair === undefined || state.phase !== "active") return false;
  putRepair(step, { ...repair, isDone: true });
  const wereAllThere = presentMembers(state).every(({ since }) => since < ofSeq);
  if (!wereAllThere || opening === undefined || record.leaf !== state.group?.ownLeaf) return false;
  const seen = seenOf(state);
  const again = { type: "again", seen, ofSeq, content: record.content, signature, opening } as const;
  const content = encodeContent(again, contentContext(state, state.self));
  step.queue("application", noId, content);
  return true;
}

/** Forgets a repair of something that is not ours. */
export function dropRepair(step: Step, seq: number): void {
  step.update({ repairs: step.state.repairs.filter((repair) => repair.seq !== seq) });
  step.remove(numbered(recordName.repair, seq));
}

function putRepair(step: Step, repair: Repair): void {
  const others = step.state.repairs.filter(({ seq }) => seq !== repair.seq);
  step.update({ repairs: [...others, repair] });
  step.put(numbered(recordName.repair, repair.seq), encodeRepair(repair));
}

/** The bytes of a repair. */
export function encodeRepair({ seq, isDone }: Repair): Uint8Array {
  return encode(
    (writer: Writer) =>
      writer
        .u8(1)
        .safe(seq)
        .u8(isDone ? 1 : 0),
    undefined,
  );
}

/** A repair from its bytes. Throws `malformed`. */
export function decodeRepair(bytes: Uint8Array): Repair {
  return decode((reader: Reader) => {
    readRecordVersion(reader);
    return { seq: reader.safe(), isDone: reader.u8() === 1 };
  }, bytes);
}
