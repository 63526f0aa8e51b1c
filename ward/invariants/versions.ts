import type { Conversation, Message } from "@readback/core";
import { hex } from "@readback/core/wire";
import { decodeContent } from "../../packages/core/src/conversation/content.ts";
import { decodeMessageRecord } from "../../packages/core/src/conversation/message-record.ts";
import type { Device } from "../world/device.ts";
import type { World } from "../world/world.ts";
import type { LogRecord } from "./log-record.ts";
import { settled } from "./settled.ts";
import { StoredRecords } from "./stored-records.ts";
import { Violation } from "./violation.ts";

/** A sign at a version of a message, as it stands in a log. */
export interface KnownReaction {
  readonly seq: number;
  readonly person: string;
  /** `undefined` where it takes the one before back. */
  readonly sign: string | undefined;
}

/** Reactions to versions of messages, by the id of the version, as all disks together have them. */
export function reactionsIn(world: World, { id }: LogRecord): Map<string, Map<number, KnownReaction>> {
  const found = new Map<string, Map<number, KnownReaction>>();
  for (const device of world.devices) {
    const stored = new StoredRecords(device);
    for (const key of stored.keysBelow(`conversation/${id}/reaction`)) {
      const { seq, author, content } = decodeMessageRecord(stored.read(key) as Uint8Array);
      const decoded = decodeContent(content);
      if (decoded.type !== "reaction")
        throw new Violation("I3", `${device.fullName} keeps ${key}, no reaction`);
      const of = hex(decoded.of);
      const reactions = found.get(of) ?? new Map<number, KnownReaction>();
      found.set(of, reactions.set(seq, { seq, person: author.person, sign: decoded.reaction }));
    }
  }
  return found;
}

/** I1, I3: of each message a device shows the versions that it holds, in the order of the log, and the one that counts. */
export async function judgeVersions(
  world: World,
  device: Device,
  { id }: Conversation,
  messages: readonly Message[],
): Promise<void> {
  const log = world.witness.logs.get(id);
  if (log === undefined) return;
  const { isLiedTo, permits } = world.witness;
  const record = world.witness.device(device.fullName);
  // What could not be read has a place, and nobody can tell what it is a version of, or a sign at.
  const mayGap = isLiedTo || permits.has("gap", device.fullName, id);
  for (const message of messages) {
    const first = message.replaces ?? message.id;
    const known = log.versions.get(first);
    if (message.seq === undefined || message.problem !== undefined || known === undefined) continue;
    const listed = await settled(world, message.versions.all());
    const own = listed.flatMap(({ seq, id }) => (seq === undefined || id === first ? [] : [seq]));
    const isHeld = (seq: number): boolean => record.holds(id, seq) && (!mayGap || own.includes(seq));
    const placed = [...known].filter(([seq]) => isHeld(seq)).sort(([a], [b]) => a - b);
    const once = placed.filter(([, one], at) => placed.findIndex(([, other]) => other.id === one.id) === at);
    const what = `${device.fullName} has of message ${message.seq} of ${id.slice(0, 8)}`;
    if (own.join() !== once.map(([seq]) => seq).join())
      throw new Violation(
        "I3",
        `${what} versions ${own.join()}, and holds ${once.map(([seq]) => seq).join()}`,
      );
    const recall = once.find(([, { isRecall }]) => isRecall);
    const [seq] = recall ?? once.at(-1) ?? [message.seq];
    const current = await settled(world, message.versions.current());
    if (current.seq !== undefined && current.seq !== seq)
      throw new Violation("I3", `${what} that ${current.seq} counts, and ${seq} does`);
  }
}

/** I3: at each version a device shows of everybody the newest sign that it was to read, and no other. */
export async function judgeReactions(
  world: World,
  device: Device,
  { id }: Conversation,
  messages: readonly Message[],
  reactions: ReadonlyMap<string, ReadonlyMap<number, KnownReaction>>,
): Promise<void> {
  const { isLiedTo, permits } = world.witness;
  const mayGap = isLiedTo || permits.has("gap", device.fullName, id);
  const record = world.witness.device(device.fullName);
  for (const message of messages) {
    const known = reactions.get(message.id);
    if (message.seq === undefined || known === undefined) continue;
    const newest = new Map<string, string | undefined>();
    for (const { seq, person, sign } of [...known.values()].sort((a, b) => a.seq - b.seq))
      if (record.holds(id, seq)) newest.set(person, sign);
    const expected = [...newest].flatMap(([person, sign]) =>
      sign === undefined ? [] : [`${person} ${sign}`],
    );
    const shown = await settled(world, message.reactions.all());
    const found = shown.map(({ person, reaction }) => `${person} ${reaction}`);
    const all = new Set([...known.values()].map(({ person, sign }) => `${person} ${sign}`));
    if (mayGap && found.every((sign) => all.has(sign))) continue;
    if (found.sort().join() !== expected.sort().join())
      throw new Violation(
        "I3",
        `${device.fullName} shows ${found.join()} at message ${message.seq} of ${id.slice(0, 8)}, and the log has ${expected.join()}`,
      );
  }
}
