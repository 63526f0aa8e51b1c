import { decode, type Reader } from "../codec/reader.ts";
import { encode, type Writer } from "../codec/writer.ts";
import { claimedSender } from "../mls/application-message.ts";
import { type GroupContext, readGroupContext, writeGroupContext } from "../mls/group-context.ts";
import { leafAt } from "../mls/group-view.ts";
import type { LogEntry } from "../wire/entry.ts";
import { type FaultReason, faultReasons } from "./fault-content.ts";
import { isAuthorGood } from "./leaf-credential.ts";
import { readRecordVersion } from "./message-record.ts";
import { numbered, recordName } from "./record-name.ts";
import type { Step } from "./step.ts";

/** An entry that this device could not read, and what it takes to recognize it when it is said again. */
export interface Gap {
  readonly seq: number;
  /** Where `reason` is `missed`, the first one of all that this device has missed up to here; `seq` otherwise. */
  readonly from: number;
  readonly acceptedAt: number;
  readonly payloadHash: Uint8Array;
  readonly reason: FaultReason;
  /** Whether the others were told. */
  readonly isTold: boolean;
  /** Who has sent it, as far as can be told, and the epoch: `undefined` where nobody can say it again. */
  readonly sender:
    | { readonly leaf: number; readonly signatureKey: Uint8Array; readonly context: GroupContext }
    | undefined;
}

/** Keeps the place of what could not be read, so that others hear of it and can say it again. */
export function noteGap(step: Step, { header, payload }: LogEntry, code: string): void {
  const { group } = step.state;
  if (group === undefined || header.kind !== "application") return;
  const leaf = payload === undefined ? undefined : claimedSender(group, payload);
  const signatureKey = leaf === undefined ? undefined : leafAt(group, leaf)?.signatureKey;
  const isSealed = code.startsWith("mls-");
  const reason = payload === undefined ? "missing" : isSealed ? "undecryptable" : "not-understood";
  const { context } = group;
  const { seq, epoch, acceptedAt, payloadHash } = header;
  // What does not count for those who could read it is not said again either: the leaf that tells may be another one by then.
  const isGood = leaf !== undefined && isAuthorGood(step, { epoch, leaf, acceptedAt });
  const sender = isGood && signatureKey !== undefined ? { leaf, signatureKey, context } : undefined;
  putGap(step, { seq, from: seq, acceptedAt, payloadHash, reason, isTold: false, sender });
}

/** Keeps that this device has missed an entry, since it had lost its place in the group: one gap, however much it is. */
export function noteMissed(step: Step, { header }: LogEntry): void {
  const before = step.state.gaps.find(({ reason }) => reason === "missed");
  if (before !== undefined) closeGap(step, before.seq);
  const { seq, acceptedAt, payloadHash } = header;
  const from = before?.from ?? seq;
  putGap(step, { seq, from, acceptedAt, payloadHash, reason: "missed", isTold: false, sender: undefined });
}

/** Adds or replaces a gap. */
export function putGap(step: Step, gap: Gap): void {
  const others = step.state.gaps.filter(({ seq }) => seq !== gap.seq);
  step.update({ gaps: [...others, gap].sort((a, b) => a.seq - b.seq) });
  step.put(numbered(recordName.gap, gap.seq), encodeGap(gap));
}

/** Forgets a gap that is closed. */
export function closeGap(step: Step, seq: number): void {
  step.update({ gaps: step.state.gaps.filter((gap) => gap.seq !== seq) });
  step.remove(numbered(recordName.gap, seq));
}

/** The bytes of a gap. */
export function encodeGap({ seq, from, acceptedAt, payloadHash, reason, isTold, sender }: Gap): Uint8Array {
  return encode((writer: Writer) => {
    writer.u8(1).safe(seq).safe(from).safe(acceptedAt).raw(payloadHash);
    writer.u8(faultReasons.indexOf(reason)).u8(isTold ? 1 : 0);
    writer.optional(sender, (w, { leaf, signatureKey, context }) => {
      writeGroupContext(w.u32(leaf).bytes(signatureKey), context);
    });
  }, undefined);
}

/** A gap from its bytes. Throws `malformed`. */
export function decodeGap(bytes: Uint8Array): Gap {
  return decode((reader: Reader) => {
    readRecordVersion(reader);
    const [seq, from, acceptedAt, payloadHash] = [
      reader.safe(),
      reader.safe(),
      reader.safe(),
      reader.raw(32),
    ];
    const reason = faultReasons[reader.u8()] ?? "undecryptable";
    const isTold = reader.u8() === 1;
    const sender = reader.optional((r) => ({
      leaf: r.u32(),
      signatureKey: r.bytes(),
      context: readGroupContext(r),
    }));
    return { seq, from, acceptedAt, payloadHash, reason, isTold, sender };
  }, bytes);
}
