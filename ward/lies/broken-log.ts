import type { Message } from "@readback/core";
import { hex } from "@readback/core/wire";
import { decodeMessageRecord } from "../../packages/core/src/conversation/message-record.ts";
import type { Progress } from "../invariants/receipts.ts";
import { wordsOf } from "../invariants/shown.ts";
import { StoredRecords } from "../invariants/stored-records.ts";
import { Violation } from "../invariants/violation.ts";
import type { Witness } from "../invariants/witness.ts";
import type { Device } from "../world/device.ts";

/**
 * What holds of a message where somebody was shown another history of its log, so that places are not the same for all:
 * it says the same to everybody, its author has said it, in this conversation, and it was for the device to read.
 */
export function checkShownApart(
  witness: Witness,
  device: Device,
  conversation: string,
  message: Message,
): void {
  const { id, from, problem } = message;
  const text = wordsOf(message);
  if (problem !== undefined && problem !== "false-claim") return;
  const log = witness.logs.get(conversation);
  const what = `${device.fullName} shows "${text}" of ${conversation.slice(0, 8)}`;
  if (log === undefined) throw new Violation("I11", `${what}, which no log has`);
  const promise = witness.promised.get(text);
  if (promise !== undefined && promise.device !== `${from}/${message.device}`)
    throw new Violation("I11", `${what} by ${from}, and ${promise.device} has said it`);
  if (promise !== undefined && promise.conversation !== conversation)
    throw new Violation("I11", `${what}, and it was said in another conversation`);
  const known = log.saidAs.get(id);
  if (known === undefined) log.saidAs.set(id, text);
  else if (known !== text) throw new Violation("I3", `${what}, and others read "${known}"`);
  const seq = log.placeOf.get(id);
  if (seq !== undefined && !log.isPutBack && !log.isFor(device.fullName, seq))
    throw new Violation("I5", `${what}, which was not for it`);
}

/** I4 there: who is said to hold a message, or to have looked at it, has it on disk, or somebody has looked. */
export function checkReceiptApart(
  witness: Witness,
  device: Device,
  devices: readonly Device[],
  p: Progress,
): void {
  const { conversation, message, status, by } = p;
  if (!["delivered", "read", "acknowledged"].includes(status)) return;
  const reached = devices
    .filter(({ person }) => person === by)
    .some((other) => hasReached(witness, other, conversation.id, message.id, status));
  if (!reached)
    throw new Violation(
      "I4",
      `${device.fullName} was told that a message of ${conversation.id.slice(0, 8)} is ${status} by ${by}, and it is not`,
    );
}

function hasReached(
  witness: Witness,
  device: Device,
  conversation: string,
  id: string,
  status: Progress["status"],
): boolean {
  const record = witness.device(device.fullName);
  if (record.acknowledged.has(id)) return true;
  const seq = placeOf(device, conversation, id);
  if (seq === undefined || status === "acknowledged") return false;
  return status === "delivered" || (record.marked.get(conversation) ?? 0) >= seq;
}

/** Where a message stands on a disk. */
function placeOf(device: Device, conversation: string, id: string): number | undefined {
  const stored = new StoredRecords(device);
  for (const key of stored.keysBelow(`conversation/${conversation}/message`)) {
    const record = decodeMessageRecord(stored.read(key) as Uint8Array);
    if (hex(record.id) === id) return record.seq;
  }
  return undefined;
}
