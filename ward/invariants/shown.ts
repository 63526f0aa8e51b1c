import type { Message } from "@readback/core";
import { checkShownApart } from "../lies/broken-log.ts";
import type { Device } from "../world/device.ts";
import { Violation } from "./violation.ts";
import type { Witness } from "./witness.ts";

/** What somebody has said: the text of a message or of a version, or why it was recalled. */
export function wordsOf({ isRecall, reason = "", text }: Message): string {
  return isRecall ? reason : text;
}

/** Somebody is told of a message: it must be stored, in its place, once, and the same for everybody. */
export function checkTold(witness: Witness, device: Device, conversation: string, message: Message): void {
  const { fullName } = device;
  const { seq } = message;
  const what = `${fullName} was told of message ${seq} of ${conversation.slice(0, 8)}`;
  const record = witness.device(fullName);
  if (seq === undefined || !record.holds(conversation, seq))
    throw new Violation("I10", `${what} before it was stored`);
  // Neither twice nor backwards, over all starts of the device.
  const last = record.told.get(conversation) ?? 0;
  if (seq === last) throw new Violation("I2", `${what} twice`);
  if (seq < last) throw new Violation("I3", `${what} after ${last}`);
  record.told.set(conversation, seq);
  checkShown(witness, device, conversation, message);
}

/** A version may be told of late, when what it is a version of has come. It must be stored, and the same for everybody. */
export function checkVersionTold(
  witness: Witness,
  device: Device,
  conversation: string,
  { message, version }: { readonly message: Message; readonly version: Message },
): void {
  const { fullName } = device;
  const record = witness.device(fullName);
  const { seq, replaces, from } = version;
  const what = `${fullName} was told of version ${seq} of ${conversation.slice(0, 8)}`;
  if (seq === undefined || !record.holds(conversation, seq))
    throw new Violation("I10", `${what} before it was stored`);
  const place = `${conversation} ${seq}`;
  if (record.versionsTold.has(place)) throw new Violation("I2", `${what} twice`);
  record.versionsTold.add(place);
  if (replaces === undefined || (message.id !== replaces && message.replaces !== replaces))
    throw new Violation("I3", `${what}, which is one of ${replaces}, as of ${message.id}`);
  if (from !== message.from)
    throw new Violation("I11", `${what} by ${from} as of a message by ${message.from}`);
  checkShown(witness, device, conversation, version);
}

/**
 * Whoever was put back to before it knew that it was heard says it again, under the same id. Who has both shows the first
 * place; who came in between has the second one only.
 */
function maySayTwice(witness: Witness, { from, device }: Message): boolean {
  return witness.device(`${from}/${device}`).isPutBack;
}

/** What a device shows at a place is what all show there, and was for it to read. */
export function checkShown(witness: Witness, device: Device, conversation: string, message: Message): void {
  if (witness.broken.has(conversation)) {
    checkShownApart(witness, device, conversation, message);
    return;
  }
  const { fullName } = device;
  const { seq = 0, id, from, acceptedAt } = message;
  const text = wordsOf(message);
  const mayGap = witness.isLiedTo || witness.permits.has("gap", fullName, conversation);
  if (message.problem !== undefined && mayGap) return;
  const what = `${fullName} shows message ${seq} of ${conversation.slice(0, 8)}`;
  const log = witness.logs.get(conversation);
  const entry = log?.entries[seq - 1];
  if (log === undefined || entry?.kind !== "application")
    throw new Violation("I11", `${what}, which no log has`);
  if (message.problem !== undefined) throw new Violation("I1", `${what} as unreadable: ${message.problem}`);
  if (!log.isFor(fullName, seq)) throw new Violation("I5", `${what}, which was not for it`);
  if (`${from}/${message.device}` !== entry.device)
    throw new Violation("I11", `${what} by ${from}, and ${entry.device} sent it`);
  if (acceptedAt !== entry.acceptedAt && !witness.isLiedTo)
    throw new Violation("I3", `${what} with another time`);
  const shown = log.shown.get(seq);
  if (shown === undefined) {
    log.shown.set(seq, { id, text });
    const other = log.placeOf.get(id);
    if (other !== undefined && !maySayTwice(witness, message))
      throw new Violation("I2", `${what}, and it stands at ${other} too`);
    log.placeOf.set(id, seq);
  } else if (shown.id !== id || shown.text !== text) {
    throw new Violation("I3", `${what}, and others have another one there`);
  }
}
