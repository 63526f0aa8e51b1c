import type { Conversation, Message } from "@readback/core";
import { judgeBroken } from "../lies/judge-broken.ts";
import type { Device } from "../world/device.ts";
import { judgeRevocations, unfinishedRevocations } from "../world/revoking.ts";
import type { World } from "../world/world.ts";
import { checkBounds } from "./bounds.ts";
import type { LogRecord } from "./log-record.ts";
import { hasKeptOut, isDeserted, isKeptOut, isStuck, phaseIn, presentDevices } from "./present.ts";
import { mayLackFormer } from "./sent.ts";
import { settled } from "./settled.ts";
import { checkShown, wordsOf } from "./shown.ts";
import { conversationOf, positionOf, unfinishedOf } from "./stored-records.ts";
import {
  type Besides,
  judgeReactions,
  judgeVersions,
  type KnownReaction,
  type KnownVersion,
  readBesides,
} from "./versions.ts";
import { Violation } from "./violation.ts";

/** With a fair network, milliseconds within which everything has come to rest (I7, I15). */
const patience = 10 * 60_000;

/** In larger conversations devices say nothing of what they hold (profile RB-1). */
const mostReporting = 20;

/** Repairs everything and lets it run until nothing is left to do. Throws `I15` where that does not come. */
export async function comeToRest(world: World): Promise<void> {
  await repair(world);
  const end = world.scheduler.now + patience;
  while (!isAtRest(world)) {
    if (world.scheduler.now > end)
      throw new Violation("I15", `no rest: ${restlessness(world).slice(0, 5).join("; ")}`);
    await world.scheduler.run(world.scheduler.now + 2_000);
    for (const device of world.devices) void device.start();
  }
  // Receipts may wait for a while.
  await world.scheduler.run(world.scheduler.now + 30_000);
}

/** What everybody must have in common once all is at rest. */
export async function judgeRest(world: World): Promise<void> {
  for (const log of world.witness.logs.values()) {
    if (world.witness.broken.has(log.id)) await judgeBroken(world, log);
    else for (const device of presentDevices(world, log)) await judgeConversation(world, device, log);
  }
  const { logs, broken } = world.witness;
  const whole = [...logs.values()].filter(({ id }) => !broken.has(id));
  const besides = new Map(whole.map((log) => [log.id, readBesides(world, log)]));
  for (const device of world.devices) {
    if (!device.isRetired) checkBounds(device, true);
    for (const conversation of device.client?.conversations() ?? [])
      await judgeHistory(world, device, conversation, besides);
  }
  judgePromises(world, besides);
  judgeRevocations(world, (id) => isStuck(world, id));
}

async function repair(world: World): Promise<void> {
  for (const { line, storage } of world.devices) {
    line.up();
    line.resume();
    storage.isFull = false;
    storage.spare();
  }
  world.relay.store.slowDown(1);
  // What faults have still in store, starts and repairs, is over by then.
  await world.scheduler.run(world.scheduler.now + 70_000);
  for (const { line } of world.devices) line.resume();
}

function isAtRest(world: World): boolean {
  return restlessness(world).length === 0;
}

function restlessness(world: World): string[] {
  const found = unfinishedRevocations(world, (id) => isStuck(world, id));
  for (const device of world.devices) {
    if (device.isRetired) continue;
    if (device.client?.connection !== "online") found.push(`${device.fullName} is offline`);
    else found.push(...unfinished(world, device).map((key) => `${device.fullName} has ${key}`));
  }
  for (const log of world.witness.logs.values()) {
    // There may be no end to what is wrong there.
    if (world.witness.broken.has(log.id)) continue;
    for (const device of presentDevices(world, log)) {
      const seq = positionOf(device, log.id);
      if (phaseIn(device, log) === "left" || isKeptOut(world, device, log)) continue;
      if (isOutOfPlace(world, device, log)) continue;
      if (seq !== log.head)
        found.push(`${device.fullName} is at ${seq} of ${log.head} in ${log.id.slice(0, 8)}`);
    }
  }
  return found;
}

function unfinished(world: World, device: Device): string[] {
  const { witness } = world;
  return unfinishedOf(device).filter((key) => {
    const log = witness.logs.get(conversationOf(key));
    // Where members were never let in there may be nobody who could commit what waits.
    if (log === undefined) return true;
    if (witness.broken.has(log.id) || hasKeptOut(world, log)) return false;
    return !isOutOfPlace(world, device, log) && !isDeserted(world, log);
  });
}

/**
 * Whether a device has lost its place in the group, for a reason that this world has, and waits until somebody whom it
 * knew vouches for the group: whoever came meanwhile cannot.
 */
function isOutOfPlace({ witness }: World, device: Device, { id }: LogRecord): boolean {
  if (!witness.permits.has("place", device.fullName, id)) return false;
  return unfinishedOf(device).some((key) => conversationOf(key) === id && key.includes("/intent/"));
}

/** I1, I7, I11: a member's device holds everything that was for it, and counts the same members as the log does. */
async function judgeConversation(world: World, device: Device, log: LogRecord): Promise<void> {
  const what = `${device.fullName} in ${log.id.slice(0, 8)}`;
  const conversation = device.client?.conversation(log.id);
  if (isKeptOut(world, device, log) || isOutOfPlace(world, device, log)) return;
  if (conversation === undefined) throw new Violation("I1", `${what}: there is no such conversation`);
  if (isDeserted(world, log)) return;
  if (log.successor !== undefined) judgeSuccession(world, device, log, log.successor);
  else if (conversation.phase !== "active" && conversation.phase !== "leaving")
    throw new Violation("I7", `${what} is ${conversation.phase}`);
  const counted = conversation
    .members()
    .flatMap(({ person, devices }) => devices.map((name) => `${person}/${name}`));
  const present = [...log.stays.keys()].filter((name) => log.stayOf(name) !== undefined);
  if (counted.sort().join() !== present.sort().join())
    throw new Violation("I11", `${what} counts ${counted.join()}, and members are ${present.join()}`);
  const record = world.witness.device(device.fullName);
  for (const [index, { kind }] of log.entries.entries()) {
    const isLost =
      mayLackFormer(world.witness, record, log.id) && index + 1 < (log.stayOf(device.fullName)?.since ?? 0);
    const isFor = kind === "application" && !isLost && log.isFor(device.fullName, index + 1);
    if (isFor && !record.holds(log.id, index + 1))
      throw new Violation("I1", `${what} does not hold ${index + 1}`);
  }
}

/** I7, I15: a group that has ended is followed by another one, for everybody who was in it. */
function judgeSuccession(world: World, device: Device, { id }: LogRecord, successor: string): void {
  const what = `${device.fullName} in ${id.slice(0, 8)}`;
  if (device.client?.conversation(id)?.phase !== "moved")
    throw new Violation("I7", `${what} does not know that the group has ended`);
  const following = world.witness.logs.get(successor);
  if (following === undefined) throw new Violation("I15", `nothing has followed ${id.slice(0, 8)}`);
  if (isKeptOut(world, device, following)) return;
  const next = device.client.conversation(id)?.continuedBy.map((conversation) => conversation.id) ?? [];
  if (!following.stays.has(device.fullName) || !next.includes(successor))
    throw new Violation("I7", `${what} does not know what follows`);
}

/** I2, I3: what a device shows of its history is what all show, in order, each once. */
async function judgeHistory(
  world: World,
  device: Device,
  conversation: Conversation,
  besides: ReadonlyMap<string, Besides>,
): Promise<void> {
  const messages = await settled(world, conversation.messages({ limit: 100_000 }));
  const ids = new Set<string>();
  let last = 0;
  for (const message of messages) {
    if (message.seq === undefined) {
      if ((await settled(world, message.status())) === "failed") world.witness.unsent.add(wordsOf(message));
      continue;
    }
    if (message.seq <= last)
      throw new Violation("I3", `${device.fullName} shows ${message.seq} after ${last}`);
    // Gaps have places and no names.
    const isNew = message.problem !== undefined || !ids.has(message.id);
    // From whom its own entry was hidden, by another history, says it again.
    const isBroken = world.witness.broken.has(conversation.id);
    if (!isNew && !isBroken) throw new Violation("I2", `${device.fullName} shows a message twice`);
    last = message.seq;
    ids.add(message.id);
    checkShown(world.witness, device, conversation.id, message);
  }
  const known = besides.get(conversation.id);
  if (known !== undefined) {
    await judgeVersions(world, device, conversation, messages, known);
    await judgeReactions(world, device, conversation, messages, known);
  }
  await judgeProgress(world, device, conversation, messages.slice(-3));
}

/** I15: with everybody there and connected, the newest messages of an author are delivered to everybody. */
async function judgeProgress(
  world: World,
  device: Device,
  conversation: Conversation,
  messages: readonly Message[],
): Promise<void> {
  const log = world.witness.logs.get(conversation.id);
  const own = log?.stayOf(device.fullName);
  if (log === undefined || own === undefined || conversation.phase !== "active") return;
  if (world.witness.broken.has(log.id) || isDeserted(world, log)) return;
  for (const message of messages) {
    const { seq } = message;
    // Of what was said before a device came it cannot judge who holds it.
    if (seq === undefined || seq <= own.since) continue;
    const receipts = await settled(world, message.receipts());
    const persons = log.personsAt(seq);
    if (persons.size > mostReporting || log.personsAt(log.head).size > mostReporting) continue;
    for (const { person, status } of receipts) {
      const isThere = (persons.get(person) ?? []).some(
        (name) =>
          (log.stayOf(name)?.since ?? seq) < seq &&
          isActive(world, name, log) &&
          !world.witness.permits.has("receipts", name, log.id),
      );
      if (isThere && status === "sent")
        throw new Violation(
          "I15",
          `${device.fullName} never heard that ${person} holds ${seq} of ${log.id.slice(0, 8)}`,
        );
    }
  }
}

function isActive(world: World, name: string, log: LogRecord): boolean {
  const device = world.devices.find(({ fullName }) => fullName === name);
  return device !== undefined && !device.isRetired && phaseIn(device, log) === "active";
}

/** I1: what `send` has resolved for is in the log, or its author was told, or is shown, that it never will be. */
function judgePromises(world: World, besides: ReadonlyMap<string, Besides>): void {
  const { promised, unsent, signsUnsent, logs, broken, permits } = world.witness;
  const texts = new Map(
    [...logs.values()].flatMap((log) => [...saidIn(log, besides.get(log.id))].map((text) => [text, log.id])),
  );
  for (const [text, { conversation, device, at, isSign, readUpTo }] of promised) {
    if (isSign && signsUnsent.has(`${device} ${conversation}`)) continue;
    if (unsent.has(text) || texts.get(text) === conversation) continue;
    // Whoever was removed hears of it, unless the power goes just then; the message then shows as failed.
    const log = logs.get(conversation);
    const author = world.devices.find(({ fullName }) => fullName === device);
    if (author?.isRetired !== false || log === undefined || !hasStayed(log, device, at)) continue;
    // The same where the group has ended, or it was removed and did not know. A sign shows nowhere as failed.
    const isOver = log.successor !== undefined || (log.stayOf(device)?.since ?? 0) > Math.max(readUpTo, 2);
    // Whoever waits for somebody to vouch for the group, with what there is to say, has lost nothing.
    if ((isSign && isOver) || isOutOfPlace(world, author, log)) continue;
    if (isDeserted(world, log)) continue;
    if (broken.has(conversation) || permits.has("failed", device, conversation)) continue;
    throw new Violation("I1", `${device} was promised ${text}, and no log has it`);
  }
}

function saidIn(log: LogRecord, besides: Besides | undefined): string[] {
  const shown = [...log.shown.values()].map(({ text }) => text);
  if (besides === undefined) return shown;
  const [versions, reactions] = [besides.versions, besides.reactions].map((all) =>
    [...all.values()].flatMap((each) => [...each.values()]),
  ) as [KnownVersion[], KnownReaction[]];
  return [...shown, ...versions.map(({ words }) => words), ...reactions.map(({ sign = "" }) => sign)];
}

/** Whether a device is a member and has been one since then, or since the log was opened. */
function hasStayed(log: LogRecord, device: string, from: number): boolean {
  const since = log.stayOf(device)?.since;
  return since !== undefined && (since === 1 || (log.entries[since - 1]?.at ?? 0) <= from);
}
