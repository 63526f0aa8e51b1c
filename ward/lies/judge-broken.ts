import type { CipherSuite } from "@readback/core/crypto";
import { decodeForkProof, verifyForkProof } from "@readback/core/log";
import { decodeMessageRecord } from "../../packages/core/src/conversation/message-record.ts";
import { numbered } from "../../packages/core/src/conversation/record-name.ts";
import type { LogRecord } from "../invariants/log-record.ts";
import { settled } from "../invariants/settled.ts";
import { StoredRecords } from "../invariants/stored-records.ts";
import { Violation } from "../invariants/violation.ts";
import type { Device } from "../world/device.ts";
import type { World } from "../world/world.ts";
import { historyOf, type Place } from "./own-history.ts";

/**
 * What must hold at rest in a conversation of which somebody was shown another history, or whose log was put back.
 *
 * - I1: what the log holds for a device is on its disk, or a visible gap there, or the device says that something is wrong.
 * - I3: who has read a word whose author had read another history has frozen the conversation, and holds the relay's two
 *   signatures.
 */
export async function judgeBroken(world: World, log: LogRecord): Promise<void> {
  for (const device of world.devices) {
    const conversation = device.client?.conversation(log.id);
    if (device.isRetired || conversation === undefined || conversation.phase === "left") continue;
    const history = historyOf(device, log.id);
    judgeHeld(world, device, log, history);
    const crossed = contradictionIn(world, device, log, history);
    if (crossed !== undefined && conversation.phase !== "halted" && !hasFoundFork(world, device, log.id))
      throw new Violation("I3", `${device.fullName} has read ${crossed} and does not know of the fork`);
    if (conversation.phase === "frozen") await judgeProof(world, device, log, history);
  }
}

/** Whether a device knows of a fork, or knew: who is added anew begins anew. */
function hasFoundFork({ witness }: World, { fullName, client }: Device, id: string): boolean {
  const isFound = ({ device, conversation, what }: (typeof witness.integrity)[number]): boolean =>
    device === fullName && conversation === id && what === "forked";
  return client?.conversation(id)?.phase === "frozen" || witness.integrity.some(isFound);
}

/** Whether a device says that something is wrong with a conversation, or that it may not have everything. */
function isWarned(world: World, device: Device, id: string): boolean {
  const conversation = device.client?.conversation(id);
  const { integrity, permits } = world.witness;
  return (
    conversation === undefined ||
    conversation.phase !== "active" ||
    !conversation.freshness.current ||
    integrity.some((found) => found.device === device.fullName && found.conversation === id) ||
    permits.has("current", device.fullName, id)
  );
}

function judgeHeld(world: World, device: Device, log: LogRecord, history: ReadonlyMap<number, Place>): void {
  const places = new Map([...history].map(([seq, { payloadHash }]) => [payloadHash, seq]));
  const record = world.witness.device(device.fullName);
  for (const [index, { kind, payloadHash }] of log.entries.entries()) {
    if (kind !== "application" || !log.isFor(device.fullName, index + 1)) continue;
    const seq = places.get(payloadHash);
    const what = `${device.fullName} in ${log.id.slice(0, 8)}, which is broken`;
    if (seq === undefined && !isWarned(world, device, log.id))
      throw new Violation("I1", `${what}, has never seen ${index + 1} and does not know`);
    if (seq !== undefined && !record.holds(log.id, seq))
      throw new Violation("I1", `${what}, has read ${seq} and does not hold it`);
  }
}

/** The first word in a history whose author had read another one, as far as the device can compare. */
function contradictionIn(
  { witness }: World,
  device: Device,
  log: LogRecord,
  history: ReadonlyMap<number, Place>,
): string | undefined {
  for (const [place, { payloadHash }] of history) {
    const seen = witness.claims.get(payloadHash);
    if (seen === undefined || seen.device === device.fullName) continue;
    const own = history.get(seen.seq)?.hash;
    if (own !== undefined && own !== seen.hash && !isGap(device, log.id, place))
      return `${place} of ${log.id.slice(0, 8)}, whose author had seen another ${seen.seq},`;
  }
  return undefined;
}

/** Whether a device could not read what stands at a place. */
function isGap(device: Device, id: string, seq: number): boolean {
  const stored = new StoredRecords(device).read(`conversation/${id}/${numbered("message", seq)}`);
  return stored !== undefined && !["", "false-claim"].includes(decodeMessageRecord(stored).problem);
}

async function judgeProof(
  world: World,
  device: Device,
  { id }: LogRecord,
  history: ReadonlyMap<number, Place>,
): Promise<void> {
  const { crypto, relay, witness } = world;
  const conversation = device.client?.conversation(id);
  const bytes = conversation && (await settled(world, conversation.forkProof()));
  const suite = crypto.suite(2) as CipherSuite;
  const isProof =
    bytes !== undefined &&
    relay.logKey !== undefined &&
    verifyForkProof(suite, relay.logKey, decodeForkProof(bytes));
  // Who came after the place where the histories part was shown a proof by another, and has no part of its own.
  const came = witness.integrity.some(
    ({ device: who, conversation: where, what, seq }) =>
      who === device.fullName && where === id && what === "forked" && !history.has(seq),
  );
  if (!isProof && !(bytes === undefined && came))
    throw new Violation("I3", `${device.fullName} has frozen ${id.slice(0, 8)} without a proof`);
}
