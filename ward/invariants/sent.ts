import { type AppendRequest, type CreateRequest, hex, Reader } from "@readback/core/wire";
import { type Content, decodeContent } from "../../packages/core/src/conversation/content.ts";
import {
  decodeCreation,
  decodeOutgoing,
  decodeStaged,
  decodeStateRecord,
} from "../../packages/core/src/conversation/state-record.ts";
import { hashOf } from "../crypto/payload-hash.ts";
import type { DeviceRecord } from "./device-record.ts";
import type { StoredRecords } from "./stored-records.ts";
import { Violation } from "./violation.ts";
import type { Witness } from "./witness.ts";

const idLength = 64;
const idStart = "conversation/".length;

/** Notes what a disk holds, and compares what all members must have in common. */
export function checkStored(
  record: DeviceRecord,
  stored: StoredRecords,
  key: string,
  witness: Witness,
): void {
  if (!key.startsWith("conversation/")) return;
  const id = key.slice(idStart, idStart + idLength);
  const name = key.slice(idStart + idLength + 1);
  if (name.startsWith("message/")) record.hold(id, Number(name.slice(8)));
  else if (name.startsWith("answer/")) record.hold(id, Number(name.slice(name.lastIndexOf("/") + 1)));
  // The newest come first.
  else if (name.startsWith("reaction/"))
    record.hold(id, Number.MAX_SAFE_INTEGER - Number(name.slice(name.lastIndexOf("/") + 1)));
  else if (name.startsWith("outgoing/")) {
    const { submission } = decodeOutgoing(stored.read(key) as Uint8Array);
    if (submission !== undefined) record.payloads.add(hex(submission.payloadHash));
  } else if (name === "staged") {
    record.payloads.add(hex(decodeStaged(stored.read(key) as Uint8Array).submission.payloadHash));
  } else if (name === "creation") {
    record.payloads.add(hex(decodeCreation(stored.read(key) as Uint8Array).payloadHash));
  } else if (name.startsWith("commit-fault/")) record.payloads.add(hashOf(stored.read(key) as Uint8Array));
  else if (name.startsWith("context/")) {
    // Of several who are about to open what follows a group, one will.
    if (isCreating(stored, id)) return;
    const log = witness.logs.get(id);
    const epoch = name.slice(8);
    const context = hashOf(stored.read(key) as Uint8Array);
    const known = log?.contexts.get(epoch);
    if (log?.isPutBack) return;
    if (known === undefined) log?.contexts.set(epoch, context);
    else if (known !== context)
      throw new Violation("I7", `${record.name} has another epoch ${Number(epoch)} of ${id.slice(0, 8)}`);
  }
}

function isCreating(stored: StoredRecords, id: string): boolean {
  const state = stored.read(`conversation/${id}/state`);
  return state !== undefined && decodeStateRecord(state).phase === "creating";
}

/** I8, I10 and I4, at the moment when content leaves a device. */
export function checkContentSent(
  witness: Witness,
  record: DeviceRecord,
  request: AppendRequest | CreateRequest,
): void {
  const payloadHash = hashOf(request.payload);
  if (!record.payloads.has(payloadHash)) {
    throw new Violation("I10", `${record.name} sent a ${request.type} that is not on its disk`);
  }
  if (request.type === "create" || (request.kind !== "application" && request.kind !== "receipt")) return;
  if (record.sent.has(payloadHash)) return;
  record.sent.add(payloadHash);
  const plaintext = witness.seals.sent(request.payload, record.name, record.isPutBack);
  if (request.kind !== "receipt" && !witness.keepsClaims) return;
  // RFC 9420 §6.3.1: PrivateMessageContent begins with the application data; padding ends it.
  const content = decodeContent(new Reader(plaintext).bytes());
  if (witness.keepsClaims) keepClaim(witness, record.name, payloadHash, content);
  const id = hex(request.conversation);
  if (request.kind !== "receipt" || witness.broken.has(id)) return;
  if (content.type === "receipt") checkClaim(witness, record, id, content.level, content.upTo);
  // What cannot be read is said, and said again: only where somebody makes what cannot be read. A proof proves itself.
  else if (content.type !== "fork" && !witness.isLiedTo && !witness.permits.has("gap", record.name, id))
    throw new Violation("I1", `${record.name} says that it cannot read what was for it (${content.type})`);
}

function keepClaim(witness: Witness, device: string, payloadHash: string, content: Content): void {
  if (content.type === "unknown") return;
  const { seq, hash } = "details" in content ? content.details.seen : content.seen;
  witness.claims.set(payloadHash, { device, seq, hash: hex(hash) });
}

/**
 * Whether a device may lack what was said in a stay before the present one: it was put back and the keys are gone, it
 * never got in that time, or somebody has made that it could not read on.
 */
export function mayLackFormer({ permits }: Witness, { isPutBack, name }: DeviceRecord, id: string): boolean {
  return isPutBack || permits.has("welcome", name, id) || permits.has("place", name, id);
}

/** I4: who claims to hold everything up to a place holds it, and who claims to have displayed it was looking. */
function checkClaim(witness: Witness, record: DeviceRecord, id: string, level: string, upTo: number): void {
  const log = witness.logs.get(id);
  const what = `${record.name} says ${level} up to ${upTo} of ${id.slice(0, 8)}`;
  if (log === undefined) throw new Violation("I4", `${what}, which no log has`);
  if (level === "displayed" && (record.marked.get(id) ?? 0) < upTo)
    throw new Violation("I4", `${what}, and nobody has looked at it`);
  // A receipt is of one stay: what a device lacks of an earlier one, nobody takes to be claimed.
  const stayed = mayLackFormer(witness, record, id) ? (log.stayOf(record.name)?.since ?? 0) : 0;
  const from = Math.max(record.claimed.get(id) ?? 0, stayed);
  for (let seq = from + 1; seq <= upTo; seq++) {
    if (log.entries[seq - 1]?.kind !== "application" || !log.isFor(record.name, seq)) continue;
    if (!record.holds(id, seq)) throw new Violation("I4", `${what}, and ${seq} is not on its disk`);
  }
  record.claimed.set(id, Math.max(from, upTo));
}
