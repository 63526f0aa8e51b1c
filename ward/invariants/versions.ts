import type { Conversation, Message } from "@readback/core";
import { hex } from "@readback/core/wire";
import { decodeContent } from "../../packages/core/src/conversation/content.ts";
import { decodeMessageRecord, decodePlace } from "../../packages/core/src/conversation/message-record.ts";
import { numbered, recordName } from "../../packages/core/src/conversation/record-name.ts";
import { replacedBy } from "../../packages/core/src/conversation/versions.ts";
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

/** A later version of a message, as it stands in a log. */
export interface KnownVersion {
  readonly id: string;
  readonly isRecall: boolean;
  /** Its text, or why it was recalled. */
  readonly words: string;
}

/** What all disks together hold of a log besides messages, by places: for all who show it must show the same. */
export interface Besides {
  /** By the id of the first version. */
  readonly versions: ReadonlyMap<string, ReadonlyMap<number, KnownVersion>>;
  /** By the id of the version that they are at. */
  readonly reactions: ReadonlyMap<string, ReadonlyMap<number, KnownReaction>>;
}

/** Reads all disks. */
export function readBesides(world: World, { id }: LogRecord): Besides {
  const versions = new Map<string, Map<number, KnownVersion>>();
  const reactions = new Map<string, Map<number, KnownReaction>>();
  for (const device of world.devices) {
    const stored = new StoredRecords(device);
    const recordAt = (key: string) => decodeMessageRecord(stored.read(key) as Uint8Array);
    for (const key of stored.keysBelow(`conversation/${id}/version`)) {
      const seq = decodePlace(stored.read(key) as Uint8Array);
      const record = recordAt(`conversation/${id}/${numbered(recordName.message, seq)}`);
      const said = decodeContent(record.content);
      const first = replacedBy(said);
      if (first === undefined) throw new Violation("I3", `${device.fullName} keeps ${key}, no version`);
      const words = said.type === "recall" ? (said.reason ?? "") : said.type === "text" ? said.text : "";
      const version = { id: hex(record.id), isRecall: said.type === "recall", words };
      versions.set(hex(first), (versions.get(hex(first)) ?? new Map()).set(seq, version));
    }
    for (const key of stored.keysBelow(`conversation/${id}/reaction`)) {
      const { seq, author, content } = recordAt(key);
      const said = decodeContent(content);
      if (said.type !== "reaction") throw new Violation("I3", `${device.fullName} keeps ${key}, no reaction`);
      const reaction = { seq, person: author.person, sign: said.reaction };
      reactions.set(hex(said.of), (reactions.get(hex(said.of)) ?? new Map()).set(seq, reaction));
    }
  }
  return { versions, reactions };
}

/** I1, I3: of each message a device shows the versions that it holds, in the order of the log, and the one that counts. */
export async function judgeVersions(
  world: World,
  device: Device,
  { id }: Conversation,
  messages: readonly Message[],
  { versions }: Besides,
): Promise<void> {
  const { isLiedTo, permits } = world.witness;
  const record = world.witness.device(device.fullName);
  // What could not be read has a place, and nobody can tell what it is a version of, or a sign at.
  const mayGap = isLiedTo || permits.has("gap", device.fullName, id);
  for (const message of messages) {
    const first = message.replaces ?? message.id;
    const known = versions.get(first);
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
  { reactions }: Besides,
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
