import { describe, expect, test } from "vitest";
import type { CborValue } from "../../core/src/codec/cbor.ts";
import type { AnswerContent, ReceiptContent } from "../../core/src/conversation/content.ts";
import { encodeFraming } from "../../core/src/conversation/media-framing.ts";
import { type CredentialJudge, type Verdict, verifyEvidence } from "../src/verify.ts";
import { acknowledgementOf, detailsOf, type Forgery, forge, misstated, type Saying } from "./forge.ts";

const salt = new Uint8Array(16);
const receipt =
  (change: (honest: ReceiptContent) => Partial<ReceiptContent> = () => ({})): Saying =>
  ({ seen, at }) => {
    const honest: ReceiptContent = { type: "receipt", level: "stored", upTo: at, seen, exceptions: [] };
    return { ...honest, ...change(honest) };
  };
const verdictOn =
  (act: "confirm" | "correct"): Saying =>
  (world) => ({ ...(acknowledgementOf(world) as AnswerContent), act, answer: world.id });
const later: Saying = ({ seen }) => ({ type: "text", text: "K 4.1", salt, details: detailsOf(seen) });

describe("a file that is signed as it should be holds", () => {
  test.each([1, 2, 3, 7, 0xf002, 0xf004])("in cipher suite %i", (suite) => {
    expect(verifyEvidence(forge({ suite, says: [receipt(), acknowledgementOf] }))).toMatchObject({
      holds: true,
    });
  });
});

test("a file whose messages carry data in the clear holds, and not with other data", () => {
  const file = forge({
    authenticatedData: new TextEncoder().encode("in the clear"),
    says: [acknowledgementOf],
  });
  expect(verifyEvidence(file)).toMatchObject({ holds: true });
  const at = Buffer.from(file).indexOf("in the clear");
  expect(at).toBeGreaterThan(0);
  expect(verifyEvidence(file.with(at, 0x49))).toMatchObject({ holds: false, code: "place" });
});

describe("what is signed must be about the message", () => {
  test.each<[name: string, forgery: Forgery, code: string]>([
    [
      "a receipt that leaves the message out",
      { says: [acknowledgementOf, receipt(({ upTo, seen }) => ({ upTo: seen.seq, exceptions: [upTo] }))] },
      "statement",
    ],
    ["a receipt of what came before", { says: [receipt(({ upTo }) => ({ upTo: upTo - 1 }))] }, "statement"],
    [
      "an acknowledgement of another message",
      {
        says: [(world) => acknowledgementOf({ ...world, id: world.id.with(9, (world.id[9] as number) ^ 1) })],
      },
      "statement",
    ],
    [
      "an acknowledgement of another place",
      { says: [(world) => acknowledgementOf({ ...world, at: world.at - 1 })] },
      "statement",
    ],
    ["another message of the same author", { says: [later] }, "statement"],
    ["a message by an author who signs as another", { as: "tablet" }, "statement"],
    [
      "a receipt of no level",
      { says: [misstated(receipt(), (fields) => fields.splice(0, 1, 3))] },
      "statement",
    ],
    [
      "a receipt of more than was seen",
      { says: [misstated(receipt(), (fields) => fields.splice(1, 1, 1_000))] },
      "statement",
    ],
    [
      "an answer to what was not seen",
      {
        says: [
          misstated(acknowledgementOf, (fields) => {
            const details = fields[6] as Map<string, number[]>;
            details.get("rb.s")?.splice(0, 1, 5);
          }),
        ],
      },
      "statement",
    ],
    [
      "an answer with a number for a text",
      { says: [misstated(acknowledgementOf, (fields) => fields.splice(5, 1, 7))] },
      "statement",
    ],
    [
      "an answer of an unknown kind",
      { says: [misstated(acknowledgementOf, (fields) => fields.splice(3, 1, 8))] },
      "unsupported",
    ],
    ["a verdict on an answer that is not there", { says: [verdictOn("confirm")] }, "statement"],
    ["a correction of an answer that is not there", { says: [verdictOn("correct")] }, "statement"],
    [
      "an answer that does not say by whom it is",
      { says: [misstated(acknowledgementOf, (fields) => fields.splice(6, 1, null))] },
      "statement",
    ],
    [
      "an answer that names another author",
      {
        says: [
          misstated(acknowledgementOf, (fields) => {
            (fields[6] as Map<number, string>).set(1, "mimi://mercy.example/d/ada/tablet");
          }),
        ],
      },
      "statement",
    ],
    [
      "an answer that names another conversation",
      {
        says: [
          misstated(acknowledgementOf, (fields) => {
            (fields[6] as Map<number, string>).set(2, "mimi://relay.example/r/00");
          }),
        ],
      },
      "statement",
    ],
    ["a content of an unknown kind", { says: [() => encodeFraming("application/x", salt)] }, "unsupported"],
    ["bytes that are no content", { says: [() => salt] }, "malformed"],
  ])("%s does not hold", (_name, forgery, code) => {
    expect(verifyEvidence(forge(forgery))).toMatchObject({ holds: false, code });
  });
});

describe("what a version says", () => {
  const edited: Saying = ({ seen, id }) => ({
    type: "text",
    text: "K 4.1",
    replaces: id,
    salt,
    details: detailsOf(seen),
  });
  // Salt, replaces, topic, expires, in reply to, extensions, part: disposition, language, cardinality, type, bytes.
  const partWith = (at: number, value: CborValue) => (fields: CborValue[]) =>
    (fields[6] as CborValue[]).splice(at, 1, value);

  test.each<[name: string, text: string | null, change: (fields: CborValue[]) => unknown]>([
    ["is its text", "K 4.1", () => {}],
    [
      "is its text, also where a reason is given",
      "K 4.1",
      ([, , , , , more]) => (more as Map<string, string>).set("rb.w", "why"),
    ],
    ["is not told where it is not to be shown", null, partWith(0, 2)],
    ["is not told where it is in a language", null, partWith(1, "en")],
    ["is not told where it is of several parts", null, partWith(2, 2)],
    ["is not told where it is of another type", null, partWith(3, "text/html")],
    ["is not told where it is no bytes", null, partWith(4, "K 4.1")],
  ])("%s", (_name, text, change) => {
    const verdict = verifyEvidence(forge({ says: [misstated(edited, change)] }));
    expect(verdict).toMatchObject({ holds: true, finding: { signed: [{ text: "K 6.8" }, { text }] } });
  });
});

describe("a group", () => {
  test("that does not name its relay does not hold", () => {
    expect(codeOf({ hasHub: false })).toBe("group");
  });

  test("with a credential that is neither a name nor a certificate does not hold", () => {
    expect(codeOf({ credential: { type: "unknown", code: 5, data: salt } })).toBe("unsupported");
  });

  test("whose members have no names does not hold", () => {
    for (const name of ["ada@mercy.example", "ada@mercy.example/phone/2"]) {
      const credential = { type: "basic", identity: new TextEncoder().encode(name) } as const;
      expect(codeOf({ credential })).toBe("credential");
    }
  });
});

describe("what a device has seen must be this log", () => {
  test("another history does not hold", () => {
    const forked = receipt(({ seen }) => ({ seen: { ...seen, hash: seen.hash.with(0, 1) } }));
    expect(codeOf({ says: [forked] })).toBe("history");
  });

  test("nor its own place, or one to come", () => {
    const ahead = receipt(({ seen }) => ({ seen: { ...seen, seq: seen.seq + 1 } }));
    expect(codeOf({ says: [ahead] })).toBe("history");
    const farAhead = receipt(({ seen }) => ({ seen: { ...seen, seq: seen.seq + 9 } }));
    expect(codeOf({ says: [farAhead] })).toBe("history");
  });

  test("nor a log whose time runs backwards", () => {
    expect(codeOf({ says: [receipt()], pace: -1 })).toBe("log");
  });
});

describe("certificates", () => {
  const credential = { type: "x509", certificates: [Uint8Array.of(1, 2)] } as const;
  const forged = forge({ credential });
  const ada = { person: "ada@mercy.example", device: "phone" };
  const judge = (change: Partial<CredentialJudge> = {}) => {
    return verifyEvidence(forged, { judge: { identify: () => ada, isValid: () => true, ...change } });
  };

  test("prove names where they were valid when the relay accepted what they signed", () => {
    const times: (number | undefined)[] = [];
    const isValid: CredentialJudge["isValid"] = ({ credential: judged, at }) => {
      expect(judged).toEqual(credential);
      times.push(at);
      return true;
    };
    const verdict = judge({ isValid });
    expect(verdict).toMatchObject({ holds: true, finding: { isVerified: true, message: { by: ada } } });
    // Who was merely a member may have had one that had ended: it still says who it was.
    if (verdict.holds) expect(times).toEqual([verdict.finding.message.acceptedAt, undefined]);
  });

  test.each<[string, Verdict, string]>([
    ["nobody judges", verifyEvidence(forged), "credential"],
    ["they are not valid", judge({ isValid: () => false }), "credential"],
    ["they were not valid any more", judge({ isValid: ({ at }) => at === undefined }), "credential"],
    ["they name nobody", judge({ identify: () => undefined }), "credential"],
    [
      "they name another",
      judge({ identify: () => ({ ...ada, person: "ben@st-lukes.example" }) }),
      "statement",
    ],
    [
      "the judge fails",
      judge({
        isValid: () => {
          throw new Error("no");
        },
      }),
      "failed",
    ],
  ])("do not where %s", (_name, verdict, code) => {
    expect(verdict).toMatchObject({ holds: false, code });
  });
});

function codeOf(forgery: Forgery): string {
  const verdict = verifyEvidence(forge(forgery));
  return verdict.holds ? "holds" : verdict.code;
}
