import { expect } from "vitest";
import type { Client } from "../../../src/client/client.ts";
import type { Message } from "../../../src/client/message.ts";
import { includesStatus } from "../../../src/conversation/message-progress.ts";
import type { Actor } from "./actor.ts";
import { devicesOf, historyOf, only } from "./goals.ts";
import type { Play } from "./plays.ts";
import type { Stage } from "./stage.ts";

/** What a device has of one message, apart from what the device itself is. */
type Line = Pick<Message, "seq" | "id" | "from" | "device" | "text" | "sentAt" | "acceptedAt" | "problem">;

/**
 * Judges a consult that is over. `ada` was in it from the beginning to the end, so what she has is what was said.
 * @param expected - codes that may have been reported
 */
export async function judge(
  stage: Stage,
  play: Play,
  ada: Actor,
  expected: readonly string[],
): Promise<void> {
  expect(stage.violations).toEqual([]);
  expect(stage.crypto.reused).toEqual([]);
  const reported = stage.actors.flatMap(({ name, errors }) => errors.map(({ code }) => `${name} ${code}`));
  expect(reported.filter((line) => !expected.includes(line.split(" ")[1] ?? ""))).toEqual([]);

  const said = await linesOf(clientOf(ada));
  expect(said.map(({ text }) => text).sort()).toEqual([...play.texts].sort());
  expect([...stage.observed.promised].sort()).toEqual([...play.texts].sort());
  expect(new Set(said.map(({ id }) => id)).size).toBe(said.length);
  judgeLog(stage, ada);
  judgeClaims(stage, said);

  const present = stage.actors.filter(({ phase }) => phase === "active");
  const members = present.map(({ name }) => name).sort();
  for (const { name, view, life } of stage.actors) {
    expect(life && (await linesOf(life.client)), name).toEqual(
      said.filter(({ seq }) => isFor(stage, name, seq)),
    );
    expect(view.unfinished, name).toEqual([]);
    expect(view.conversations.size, name).toBe(1);
  }
  for (const { name, devices } of present) {
    expect(devices, name).toEqual(members);
    expect(stage.observed.shown.get(name), name).toBe(stage.observed.log.size);
  }
  for (const { name, life } of present) {
    if (life === undefined || play.changed === undefined) continue;
    const changed = await changesOf(life.client);
    expect(changed, name).toEqual({
      ...Object.fromEntries(play.texts.map((text) => [text, [text]])),
      ...play.changed,
    });
  }
  await judgeProgress(play, present);
}

/** What a client tells must be what it would tell after a restart. */
export async function judgeStore(actor: Actor): Promise<void> {
  const before = await portrait(clientOf(actor));
  const reopened = await actor.reopened();
  try {
    expect(await portrait(reopened), actor.name).toEqual(before);
  } finally {
    await reopened.close();
  }
}

/** The log holds what ada holds, each of it once. */
function judgeLog(stage: Stage, ada: Actor): void {
  const entries = [...stage.observed.log.values()].sort((a, b) => a.seq - b.seq);
  expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, index) => index + 1));
  const payloads = entries.map(({ payloadHash }) => Buffer.from(payloadHash).toString("hex"));
  expect(new Set(payloads).size).toBe(payloads.length);
  const content = entries.filter(({ kind }) => kind === "application").map(({ seq }) => seq);
  const { messages, answers, reactions } = ada.view;
  const held = [...messages, ...answers, ...reactions].sort((a, b) => a - b);
  expect(held).toEqual(content);
}

/** Whether a device can read what stands at a place: it was a member then. What removed a device is the last it is shown. */
function isFor({ observed }: Stage, name: string, seq = 0): boolean {
  return seq > (observed.joined.get(name) ?? 0) && seq <= (observed.shown.get(name) ?? 0);
}

/** Whoever says "I hold everything up to here" held it, as far as it was there to read. */
function judgeClaims(stage: Stage, said: readonly Line[]): void {
  for (const { actor, upTo, held } of stage.observed.claims) {
    const claimed = said.flatMap(({ seq = 0 }) => (seq <= upTo && isFor(stage, actor, seq) ? [seq] : []));
    expect(
      claimed.filter((seq) => !held.has(seq)),
      `${actor} up to ${upTo}`,
    ).toEqual([]);
  }
}

/** Everybody who is there knows the same of everybody, and everything has arrived. */
async function judgeProgress(play: Play, present: readonly Actor[]): Promise<void> {
  const known = new Map<string, string>();
  const persons = new Set(present.map(({ person }) => person));
  for (const actor of present) {
    for (const message of await historyOf(clientOf(actor))) {
      const receipts = (await message.receipts()).sort((a, b) => (a.person < b.person ? -1 : 1));
      for (const { person, status } of receipts) {
        if (persons.has(person))
          expect(includesStatus(status, "delivered"), `${message.text} ${person}`).toBe(true);
      }
      const readBack = play.readBacks.find(({ text }) => text === message.text);
      if (readBack !== undefined) {
        const { status, text } = receipts.find(({ person }) => person === readBack.person) ?? {};
        expect([status, text]).toEqual(["acknowledged", readBack.words]);
      }
      const what = JSON.stringify(receipts);
      expect(what, `${actor.name} of ${message.text}`).toBe(known.get(message.id) ?? what);
      known.set(message.id, what);
    }
  }
}

/** By text: versions and reactions. */
async function changesOf(client: Client): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  for (const message of await historyOf(client)) {
    const versions = await message.versions.all();
    const reactions = await message.reactions.all();
    found[message.text] = [
      ...versions.map(({ text, isRecall, reason }) => (isRecall ? `recalled: ${reason}` : text)),
      ...reactions.map(({ person, reaction }) => `${person} ${reaction}`),
    ];
  }
  return found;
}

async function portrait(client: Client): Promise<unknown> {
  const conversation = only(client);
  const history = await historyOf(client);
  const receipts = await Promise.all(history.map((message) => message.receipts()));
  const { id, subject, phase } = conversation ?? {};
  const changes = await changesOf(client);
  return { id, subject, phase, devices: devicesOf(client), lines: await linesOf(client), receipts, changes };
}

async function linesOf(client: Client): Promise<Line[]> {
  return (await historyOf(client)).map(({ seq, id, from, device, text, sentAt, acceptedAt, problem }) => {
    return { seq, id, from, device, text, sentAt, acceptedAt, problem };
  });
}

function clientOf({ life, name }: Actor): Client {
  if (life === undefined) throw new Error(`${name} is not there.`);
  return life.client;
}
