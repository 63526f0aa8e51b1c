import type { Client, Conversation, Message } from "@readback/core";
import { afterEach, describe, expect, test } from "vitest";
import { fromHex, hex } from "../../core/src/codec/hex.ts";
import { contentId, encodeContent } from "../../core/src/conversation/content.ts";
import { contentContext } from "../../core/src/conversation/content-context.ts";
import { seenOf } from "../../core/src/conversation/send.ts";
import { type Hostile, hostileClient } from "../../core/test/client/hostile.ts";
import { type World, world } from "../../core/test/client/world.ts";
import { nativeSignatures } from "../src/native-signatures.ts";
import { type Finding, report, verifyEvidence } from "../src/verify.ts";
import { fileOf, partsOf, type Row } from "./parts.ts";

const [adaName, benName, mallory] = [
  "ada@mercy.example",
  "ben@st-lukes.example",
  "mal@mercy.example",
] as const;

let here: World;
afterEach(() => here.close());

async function consult(...clients: [Client, ...Client[]]): Promise<Conversation> {
  const [first, ...others] = clients;
  const opened = first.open({ members: others.map(({ person }) => person), subject: "Bed 12" });
  await here.until(() => clients.every((client) => client.conversations().length === 1), "joining");
  return opened;
}

/** The same message as another client has it. */
async function at(client: Client, { id }: { readonly id: string }): Promise<Message> {
  let found: Message | undefined;
  await here.until(async () => {
    found = await client.conversations()[0]?.message(id);
    return found !== undefined;
  });
  return found as Message;
}

const acknowledgedBy = async (message: Message, person: string) =>
  (await message.receipts()).some((each) => each.person === person && each.status === "acknowledged");

function findingOf(file: Uint8Array): Finding {
  const verdict = verifyEvidence(file, { verifySignature: nativeSignatures });
  if (!verdict.holds) throw new Error(report(verdict));
  return verdict.finding;
}

const told = ({ signed }: Finding) =>
  signed.map(({ type, by, text, id }) => [type, by.person.slice(0, 3), text, id.slice(0, 8)]);

describe("evidence of what was edited", () => {
  test("holds all versions, whichever it is of, with what was answered to each, and the receipts of that one", async () => {
    here = world("edited");
    const [ada, ben, cyd] = [
      await here.client(adaName),
      await here.client(benName),
      await here.client("cyd@st-lukes.example"),
    ];
    const conversation = await consult(ada, ben);
    const message = await conversation.send("5 mg", { request: { of: [benName] } });
    await (await at(ben, message)).acknowledge("Five.");
    await here.until(async () => (await message.loop())?.isClosed === true);
    // Another epoch, with others in it.
    const added = conversation.add([cyd.person]);
    await here.until(() => cyd.conversations().length === 1);
    await added;
    const edit = await message.edit("0.5 mg");
    await (await at(ben, edit)).acknowledge("Half.");
    await here.until(async () => (await message.loop())?.isClosed === true);
    const recall = await edit.recall("Wrong patient");
    await here.until(async () => (await recall.status()) === "delivered");
    const [one, two, three] = [message.id.slice(0, 8), edit.id.slice(0, 8), recall.id.slice(0, 8)];
    const rows = [
      ["message", "ada", "5 mg", one],
      ["acknowledged", "ben", "Five.", one],
      ["edited", "ada", "0.5 mg", two],
      ["acknowledged", "ben", "Half.", two],
      ["recalled", "ada", "Wrong patient", three],
    ];
    for (const [of, client] of [
      [message, ada],
      [edit, ada],
      [edit, ben],
      [recall, ben],
    ] as const) {
      const finding = findingOf((await client.conversations()[0]?.evidence(of.id)) as Uint8Array);
      const isSaid = ([type]: unknown[]) => type !== "stored" && type !== "displayed";
      expect(told(finding).filter(isSaid)).toEqual(rows);
      expect(finding.message.id).toBe(of.id);
      const receipts = finding.signed.filter(({ type }) => !isSaid([type]));
      expect(receipts.length).toBeGreaterThan(0);
      expect(new Set(receipts.map(({ id }) => id))).toEqual(new Set([of.id]));
      expect(finding.isRosterComplete).toBe(true);
      expect(finding.members).toHaveLength(of === message ? 2 : 3);
    }
    const words = report(verifyEvidence(await conversation.evidence(message)));
    for (const line of [/edited it at .*: "0\.5 mg"/, /recalled it at .*: "Wrong patient"; written/])
      expect(words).toMatch(line);
    expect(words).not.toContain("counts for nothing");
    // The newcomer has the versions from then on, and can prove those.
    const theirs = findingOf((await cyd.conversations()[0]?.evidence(edit.id)) as Uint8Array);
    expect(told(theirs).map(([type]) => type)).toEqual(expect.arrayContaining(["edited", "recalled"]));
    expect(here.errors).toEqual([]);
  });

  test("does not hold with a version by somebody else, of another message, or of another version", async () => {
    here = world("foreign");
    const hostile: Hostile = await hostileClient(mallory, here);
    await here.until(() => hostile.client.connection === "online");
    const [ada, ben] = [await here.client(adaName), await here.client(benName)];
    const conversation = await consult(ada, ben, hostile.client);
    const message = await conversation.send("5 mg");
    const other = await conversation.send("6 mg");
    await at(hostile.client, other);
    await at(hostile.client, await message.edit("5 mg, twice"));
    const ids: string[] = [];
    for (const replaces of [message.id, other.id]) {
      await hostile.say("application", ({ state, tools }) => {
        const details = {
          seen: seenOf(state),
          deviceCounter: ids.length + 1,
          givenUp: [],
          sentAt: tools.now,
        };
        const content = {
          type: "text",
          text: "50 mg",
          replaces: fromHex(replaces),
          salt: new Uint8Array(16),
          details: { ...details, intent: "fyi" },
        } as const;
        const context = contentContext(state, state.self);
        ids.push(hex(contentId(tools.logSuite.hash, content, encodeContent(content, context), context)));
        return content;
      });
    }
    // The last word about it, so that the file shows the log up to here.
    await (await at(ben, message)).acknowledge();
    await here.until(async () => acknowledgedBy(message, benName));
    const theirs = ben.conversations()[0] as Conversation;
    const file = await theirs.evidence(message.id);
    expect(findingOf(file).signed.filter(({ text }) => text === "50 mg")).toEqual([]);
    for (const id of [...ids, other.id]) {
      const donor = await theirs.evidence(id);
      // By itself it is what it is: a version that its author has said of something.
      const { message: alone } = findingOf(donor);
      expect([alone.type, alone.by.person]).toEqual(
        id === other.id ? ["message", adaName] : ["edited", mallory],
      );
      const verdict = verifyEvidence(graft(file, donor, alone.seq));
      expect(verdict).toMatchObject({ holds: false, code: "statement" });
      expect(!verdict.holds && verdict.problem).toBe(
        `Entry ${alone.seq} is another message, or by another author.`,
      );
    }
    await hostile.client.close();
  });

  test("tells that an edit of what had been recalled counts for nothing", async () => {
    here = world("recalled");
    const hostile: Hostile = await hostileClient(mallory, here);
    await here.until(() => hostile.client.connection === "online");
    const ben = await here.client(benName);
    const conversation = await consult(hostile.client, ben);
    const message = await conversation.send("5 mg");
    const recall = await message.recall();
    await at(hostile.client, recall);
    await hostile.say("application", ({ state, tools }) => ({
      type: "text",
      text: "50 mg",
      replaces: fromHex(message.id),
      salt: new Uint8Array(16),
      details: { seen: seenOf(state), deviceCounter: 3, givenUp: [], sentAt: tools.now, intent: "fyi" },
    }));
    const received = await at(ben, message);
    await here.until(async () => (await received.versions.all()).length === 3);
    const words = report(verifyEvidence(await received.conversation.evidence(received)));
    expect(words).toMatch(/recalled it at .*: no reason; written/);
    expect(words).toMatch(
      /edited it at .*: "50 mg"; it had been recalled, so this counts for nothing; written/,
    );
    await hostile.client.close();
  });
});

/** A file with the item of another file of the same conversation put in. */
function graft(file: Uint8Array, donor: Uint8Array, place: number): Uint8Array {
  const [parts, more] = [partsOf(file), partsOf(donor)];
  const item = more.items.find(([seq]) => seq === place) as Row;
  const [first, from] = [parts.log[0] as number, more.log[0] as number];
  const own = parts.log[2] as Row[];
  const rows = [...own.slice(0, from - first), ...(more.log[2] as Row[])];
  const [signedAt, signature] = more.log.slice(3) as [number, Uint8Array];
  const longer: Row = [first, parts.log[1] as Uint8Array, rows, signedAt, signature];
  const log = rows.length > own.length ? longer : parts.log;
  const items = [...parts.items, item].sort(([a], [b]) => (a as number) - (b as number));
  return fileOf({ ...parts, log, items });
}
