import { beforeAll, describe, expect, test } from "vitest";
import { type Finding, report, verifyEvidence } from "../src/verify.ts";
import { type Consult, consult } from "./consult.ts";

describe("what an evidence file proves", () => {
  let made: Consult;
  let file: Uint8Array;
  beforeAll(async () => {
    made = await consult("evidence");
    file = await made.conversation.evidence(made.message);
    return () => made.world.close();
  });

  test("is the message, each device's word on it and the person's, in the order of the log", () => {
    const { message, signed } = findingOf(file);
    expect(message).toMatchObject({ type: "message", id: made.message.id, seq: made.message.seq });
    expect(message.text).toBe("Bed 12.");
    expect(message.values).toEqual([["potassium", "6.8", "mmol/L"]]);
    expect(message.acceptedAt).toBe(made.message.acceptedAt);
    expect(message.sentAt).toBe(made.message.sentAt);
    expect(message.deadline).toBe(made.message.deadline);
    const said = signed.map(({ by, type }) => `${by.person}/${by.device} ${type}`);
    // Receipts of two persons, in whichever order they came; Ben's phone spares his tablet its own.
    expect([...said.slice(0, 1), ...said.slice(1, 3).sort(), ...said.slice(3)]).toEqual([
      "ada@mercy.example/phone message",
      "ben@st-lukes.example/phone stored",
      "cyd@st-lukes.example/phone stored",
      "ben@st-lukes.example/phone displayed",
      "ben@st-lukes.example/phone read back",
      "ada@mercy.example/phone confirmed",
    ]);
    const [readBack, confirmed] = signed.slice(-2);
    expect(readBack).toMatchObject({ values: message.values, text: "Giving calcium." });
    expect(confirmed?.answer).toBe(readBack?.seq);
    expect((confirmed?.acceptedAt ?? 0) - message.acceptedAt).toBeGreaterThanOrEqual(180_000);
  });

  test("is who could read it, all of them, though nobody vouches for development names", () => {
    const { members, isRosterComplete, isVerified } = findingOf(file);
    expect(members.map(({ person, device }) => `${person}/${device}`)).toEqual([
      "ada@mercy.example/phone",
      "ben@st-lukes.example/phone",
      "ben@st-lukes.example/tablet",
      "cyd@st-lukes.example/phone",
    ]);
    expect(isRosterComplete).toBe(true);
    expect(isVerified).toBe(false);
  });

  test("is the same from whichever device it comes, and each time", async () => {
    const other = await made.received.evidence(made.message.id);
    expect(findingOf(other)).toEqual(findingOf(file));
    expect(await made.received.evidence(made.message.id)).toEqual(other);
  });

  test("is said in plain words, with dates and their zone", () => {
    const text = report(verifyEvidence(file));
    expect(text).toContain("the names are UNVERIFIED");
    const when = "20\\d\\d-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d UTC \\(entry \\d+\\)";
    const ben = '"ben@st-lukes.example" on "phone"';
    expect(text).toMatch(new RegExp(`${ben} held this message at ${when}\\.`));
    const said = '"Giving calcium.", "potassium 6.8 mmol/L"';
    expect(text).toMatch(new RegExp(`${ben} read back this message at ${when}: ${said}\\.`));
    expect(text).toMatch(/"ada@mercy.example" on "phone" confirmed the answer at entry \d+ to this message/);
  });

  test("is refused for a message that is unknown here, and for one that is not in the log yet", async () => {
    const { conversation, ada } = made;
    for (const id of ["00".repeat(32), "", "../device", made.message.id.toUpperCase()]) {
      await expect(conversation.evidence(id)).rejects.toMatchObject({ code: "unknown-message" });
    }
    const waiting = conversation.send("Not yet.");
    await expect(conversation.evidence(await waiting)).rejects.toMatchObject({ code: "message-not-sent" });
    expect(ada.connection).toBe("online");
  });
});

function findingOf(file: Uint8Array): Finding {
  const verdict = verifyEvidence(file);
  if (!verdict.holds) throw new Error(report(verdict));
  return verdict.finding;
}

test("a conversation of another cipher suite gives evidence as well", async () => {
  const { world, conversation, message } = await consult("hybrid", 0xf004);
  const { signed } = findingOf(await conversation.evidence(message));
  expect(signed.map(({ type }) => type)).toContain("read back");
  await world.close();
});
