import type { Client, Conversation, Message } from "@readback/core";
import { afterEach, describe, expect, test } from "vitest";
import { type World, world } from "../../core/test/client/world.ts";
import { nativeSignatures } from "../src/native-signatures.ts";
import { type Finding, report, verifyEvidence } from "../src/verify.ts";
import { fileOf, partsOf, type Row } from "./parts.ts";

const [ben, cyd, dan] = ["ben@st-lukes.example", "cyd@st-lukes.example", "dan@mercy.example"] as const;

const wasNoMember = /^signer: Who signed entry \d+ was no member when the message was sent\.$/;

let here: World;
afterEach(() => here.close());

describe("evidence of a conversation whose members change", () => {
  test("tells who was there when the message was sent, also later and from the store", async () => {
    const { ada, conversation, phones } = await open("members", [ben, cyd]);
    const message = await send(conversation, "To Ben and Cyd.");
    await join(conversation, dan);
    await conversation.remove([cyd]);
    const late = await at(phones.get(ben), message);
    await late.acknowledge("Later.");
    await here.until(async () => (await statusOf(message, ben)) === "acknowledged", "acknowledging");

    const finding = findingOf(await conversation.evidence(message.id));
    expect(persons(finding)).toEqual([ada.person, ben, cyd]);
    expect(finding.isRosterComplete).toBe(true);
    expect(finding.signed.at(-1)).toMatchObject({
      type: "acknowledged",
      text: "Later.",
      by: { person: ben },
    });
    const parts = partsOf(await conversation.evidence(message.id));
    expect(parts.groups).toHaveLength(2);
    for (const groups of [parts.groups.slice(0, 1), parts.groups.slice(1)]) {
      expect(verifyEvidence(fileOf({ ...parts, groups }))).toMatchObject({ holds: false, code: "group" });
    }
    // Without what was signed in it, a group is of no use.
    const unused = fileOf({ ...parts, items: parts.items.slice(0, -1) });
    expect(verifyEvidence(unused)).toMatchObject({ holds: false, code: "malformed" });
    const reversed = fileOf({ ...parts, groups: parts.groups.toReversed() });
    expect(verifyEvidence(reversed)).toMatchObject({ holds: false, code: "malformed" });
    const after = await send(conversation, "To Ben and Dan.");
    expect(persons(findingOf(await conversation.evidence(after.id)))).toEqual([ada.person, ben, dan]);
  });

  test("does not hold with a group of another conversation", async () => {
    const { ada, conversation } = await open("mixed", [ben]);
    const parts = partsOf(await conversation.evidence((await send(conversation, "Here.")).id));
    const other = await ada.open({ members: [cyd], subject: "Bed 13" });
    await join(other, dan);
    await join(other, ben);
    const { groups } = partsOf(await other.evidence((await send(other, "There.")).id));
    const mixed = fileOf({ ...parts, groups: [...parts.groups, ...groups] });
    expect(verifyEvidence(mixed)).toMatchObject({ holds: false, code: "group" });
  });

  test("does not count the receipt of somebody who came later, nor holds with it", async () => {
    const { conversation, phones } = await open("later", [ben]);
    const message = await send(conversation, "To Ben.");
    await join(conversation, dan);
    const second = await send(conversation, "To both.");
    await (await at(phones.get(ben), message)).acknowledge();
    await here.until(async () => (await statusOf(message, ben)) === "acknowledged", "acknowledging");
    expect(
      findingOf(await conversation.evidence(message.id)).signed.map(({ by }) => by.person),
    ).not.toContain(dan);
    expect(await transplant(conversation, message, second, dan)).toMatch(wasNoMember);
  });

  test("does not hold with the receipt of somebody who has the leaf of a member of then", async () => {
    const { conversation, phones } = await open("leaf", [ben, cyd]);
    const message = await send(conversation, "To Ben and Cyd.");
    await conversation.remove([cyd]);
    await join(conversation, dan);
    await join(conversation, cyd);
    // His own commit gives Dan's leaf new keys: it does not look like that of a newcomer any more.
    await phones.get(dan)?.conversation(conversation.id)?.remove([cyd]);
    await here.settle();
    const second = await send(conversation, "To all.");
    await (await at(phones.get(ben), message)).acknowledge();
    await here.until(async () => (await statusOf(message, ben)) === "acknowledged", "acknowledging");
    expect(await transplant(conversation, message, second, dan)).toMatch(wasNoMember);
  });

  test("does not hold with the receipt of another device of the person, which has the leaf of then", async () => {
    const { conversation, phones } = await open("device", [ben, cyd]);
    const message = await send(conversation, "To Ben and Cyd.");
    await phones.get(cyd)?.close();
    await conversation.remove([cyd]);
    const other = await here.client(cyd, { device: "desktop" });
    await join(conversation, cyd);
    await join(conversation, dan);
    await other.conversation(conversation.id)?.remove([dan]);
    await here.settle();
    const second = await send(conversation, "To all.");
    await (await at(phones.get(ben), message)).acknowledge();
    await here.until(async () => (await statusOf(message, ben)) === "acknowledged", "acknowledging");
    expect(await transplant(conversation, message, second, cyd)).toMatch(wasNoMember);
  });

  test("does not count the receipt of a device that was away and is back, nor holds with it", async () => {
    const { conversation, phones } = await open("back", [ben, cyd]);
    const message = await send(conversation, "Before.");
    const ofCyd = async () => {
      const { signed } = findingOf(await conversation.evidence(message.id));
      return signed.filter(({ by }) => by.person === cyd).length;
    };
    expect(await ofCyd()).toBe(1);
    await conversation.remove([cyd]);
    await join(conversation, cyd);
    const second = await send(conversation, "After.");
    await (await at(phones.get(ben), message)).acknowledge();
    await here.until(async () => (await statusOf(message, ben)) === "acknowledged", "acknowledging");
    expect(await ofCyd()).toBe(1);
    expect(await transplant(conversation, message, second, cyd)).toMatch(wasNoMember);
    // What she says of it now counts in the conversation, and is left out of what is to be proved.
    const old = await at(phones.get(cyd), message);
    await old.acknowledge("Back again.");
    await here.until(async () => (await statusOf(message, cyd)) === "acknowledged", "acknowledging");
    const { signed } = findingOf(await conversation.evidence(message.id));
    expect(signed.filter(({ type }) => type === "acknowledged").map(({ by }) => by.person)).toEqual([ben]);
  });
});

interface Opened {
  readonly ada: Client;
  readonly conversation: Conversation;
  readonly phones: ReadonlyMap<string, Client>;
}

/** A conversation that Ada has opened with others, all of whom have joined; Dan is a client too. */
async function open(seed: string, members: readonly string[]): Promise<Opened> {
  here = world(seed);
  const phones = new Map<string, Client>();
  const ada = await here.client("ada@mercy.example");
  for (const person of [ben, cyd, dan]) phones.set(person, await here.client(person));
  const conversation = await ada.open({ members, subject: "Bed 12" });
  const joined = () => members.every((person) => phones.get(person)?.conversation(conversation.id));
  await here.until(joined, "joining");
  return { ada, conversation, phones };
}

async function join(conversation: Conversation, person: string): Promise<void> {
  await conversation.add([person]);
  await here.settle();
}

/** Sends a text; everybody has it. */
async function send(conversation: Conversation, text: string): Promise<Message> {
  const message = await conversation.send(text);
  await here.until(async () => (await message.status()) === "delivered", `delivery of ${text}`);
  return message;
}

/** A message as another client has it. */
async function at(client: Client | undefined, { id, conversation }: Message): Promise<Message> {
  const all = (await client?.conversation(conversation.id)?.messages()) ?? [];
  return all.find((message) => message.id === id) as Message;
}

async function statusOf(message: Message, person: string): Promise<string | undefined> {
  return (await message.receipts()).find((each) => each.person === person)?.status;
}

function findingOf(file: Uint8Array): Finding {
  const verdict = verifyEvidence(file, { verifySignature: nativeSignatures });
  if (!verdict.holds) throw new Error(report(verdict));
  return verdict.finding;
}

function persons({ members }: Finding): string[] {
  return members.map(({ person }) => person);
}

/** The verdict on the evidence of `message` with a receipt put in that `person` has sent of `other`. */
async function transplant(conversation: Conversation, message: Message, other: Message, person: string) {
  const file = await conversation.evidence(message.id);
  const donor = await conversation.evidence(other.id);
  const seq = findingOf(donor).signed.find(({ by }) => by.person === person)?.seq;
  const [parts, more] = [partsOf(file), partsOf(donor)];
  const item = more.items.find(([place]) => place === seq) as Row;
  const [first, from] = [parts.log[0] as number, more.log[0] as number];
  const rows = [...(parts.log[2] as Row[]).slice(0, from - first), ...(more.log[2] as Row[])];
  const log = [first, parts.log[1] as Uint8Array, rows, more.log[3] as number, more.log[4] as Uint8Array];
  // Where both have an epoch, the other file shows all of its members, and so the one whose receipt it is.
  const epochs = new Set(more.groups.map(([context]) => String(context)));
  const groups = [...parts.groups.filter(([context]) => !epochs.has(String(context))), ...more.groups];
  const items = [...parts.items, item].filter(([place]) => (place as number) <= first + rows.length - 1);
  items.sort(([a], [b]) => (a as number) - (b as number));
  const verdict = verifyEvidence(fileOf({ ...parts, log, groups, items }), {
    verifySignature: nativeSignatures,
  });
  return verdict.holds ? "holds" : `${verdict.code}: ${verdict.problem}`;
}
