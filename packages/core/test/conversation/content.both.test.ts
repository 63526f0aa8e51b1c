import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { utf8 } from "../../src/codec/utf8.ts";
import {
  type Content,
  decodeContent,
  encodeContent,
  type KnownContent,
} from "../../src/conversation/content.ts";
import { encodeFraming } from "../../src/conversation/media-framing.ts";
import {
  ack,
  ackWith,
  askingWith,
  extensions,
  faultWith,
  framingWith,
  mimi,
  mimiWith,
  none,
  part,
  status,
  statusWith,
} from "./forms.ts";
import { codeOf, contents, context, details, id, salt } from "./kit.ts";

const plain = "text/plain;charset=utf-8";
const text: KnownContent = { type: "text", text: "Potassium 6.8", salt, details };

describe("the forms", () => {
  test("of a text, what becomes of it, an acknowledgement and a receipt are these", () => {
    expect(encodeContent(text, context)).toEqual(mimiWith({}));
    const said = {
      type: "answer",
      act: "acknowledge",
      of: id,
      ofSeq: 7,
      text: "6.8",
      salt,
      details,
    } as const;
    expect(encodeContent(said, context)).toEqual(ackWith({}));
    const { text: _, ...wordless } = said;
    const values = [{ name: "potassium", value: "6.8", unit: "mmol/L" }];
    expect(encodeContent({ ...wordless, act: "read-back", values }, context)).toEqual(
      ackWith({ 3: 4, 4: [["potassium", "6.8", "mmol/L"]], 5: null }),
    );
    expect(encodeContent({ ...wordless, act: "confirm", answer: id }, context)).toEqual(
      ackWith({ 3: 5, 4: id, 5: null }),
    );
    const escalation = [{ after: 300_000, to: ["ben@b.example"] }];
    const request = { mode: "read-back", of: ["ben@b.example"], any: true, values, escalation } as const;
    const form = [3, true, ["ben@b.example"], [["potassium", "6.8", "mmol/L"]], [[300_000, "ben@b.example"]]];
    expect(encodeContent({ ...text, deadline: 5, request } as KnownContent, context)).toEqual(
      askingWith(form, 5),
    );
    const recall = {
      type: "recall",
      replaces: id,
      inReplyTo: id,
      reason: "Wrong patient",
      salt,
      details,
    } as const;
    expect(encodeContent(recall, context)).toEqual(
      mimiWith({ 1: id, 4: id, 5: extensions([["rb.w", "Wrong patient"]]), 6: [1, "", 0] }),
    );
    const reaction = { type: "reaction", of: id, reaction: "👍", salt, details } as const;
    const sign = [2, "", 1, plain, utf8("👍")];
    expect(encodeContent(reaction, context)).toEqual(mimiWith({ 4: id, 6: sign }));
    const back = { type: "reaction", of: id, replaces: id, salt, details } as const;
    expect(encodeContent(back, context)).toEqual(mimiWith({ 1: id, 4: id, 6: [2, "", 0] }));
    const seen = { ...details.seen, seq: 9 };
    const receipt = { type: "receipt", level: "stored", upTo: 7, seen, exceptions: [2, 3] } as const;
    expect(encodeContent(receipt, context)).toEqual(statusWith({}));
  });

  test("come back as they went in, and go out the same again", () => {
    fc.assert(
      fc.property(contents, (content) => {
        const framed = encodeContent(content, context);
        const decoded = decodeContent(framed, context);
        expect(decoded).toEqual(content);
        expect(decodeContent(framed)).toEqual(content);
        expect(encodeContent(decoded as KnownContent, context)).toEqual(framed);
      }),
    );
  });

  test("of a text keep a byte order mark, and what MIMI calls Markdown is shown as it is", () => {
    for (const words of ["\uFEFFK+", "**6.8**", "\u0000"]) {
      const framed = encodeContent({ ...text, text: words } as KnownContent, context);
      expect(decodeContent(framed, context)).toMatchObject({ type: "text", text: words });
    }
    const markdown = mimiWith({ 6: [1, "", 1, "text/markdown;variant=GFM-MIMI", utf8("**6.8**")] });
    expect(decodeContent(markdown, context)).toMatchObject({ type: "text", text: "**6.8**" });
  });

  test("of a read-back keep a byte order mark", () => {
    const said = {
      type: "answer",
      act: "acknowledge",
      of: id,
      ofSeq: 7,
      text: "\uFEFF6.8",
      salt,
      details,
    } as const;
    expect(decodeContent(encodeContent(said, context), context)).toEqual(said);
  });
});

describe("damage", () => {
  test("at any bit is refused, or makes another content with this very encoding", () => {
    fc.assert(
      fc.property(contents, fc.nat(), fc.nat(7), (content, position, bit) => {
        const framed = encodeContent(content, context);
        const at = position % framed.length;
        const damaged = framed.with(at, (framed[at] as number) ^ (1 << bit));
        expect(outcome(damaged)).not.toEqual(content);
      }),
      { numRuns: 2_000 },
    );
  });

  test("by cutting off or adding is refused", () => {
    fc.assert(
      fc.property(contents, fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 5 }), (content, at, more) => {
        const framed = encodeContent(content, context);
        expect(codeOf(() => decodeContent(framed.slice(0, at % framed.length), context))).toBe("malformed");
        expect(codeOf(() => decodeContent(Uint8Array.from([...framed, ...more]), context))).toBe("malformed");
      }),
    );
  });

  test("of any kind never does anything else", () => {
    fc.assert(
      fc.property(fc.constantFrom(mimi, ack, status), fc.uint8Array({ maxLength: 80 }), (type, inner) => {
        outcome(encodeFraming(type, inner));
        outcome(inner);
      }),
      { numRuns: 2_000 },
    );
  });

  /** What the bytes decode to; checks that they are the encoding of that and of unknown extensions. */
  function outcome(framed: Uint8Array): Content | undefined {
    let decoded: Content;
    try {
      decoded = decodeContent(framed, context);
    } catch (error) {
      expect((error as { code?: unknown }).code).toBeOneOf(["malformed", "too-large"]);
      return undefined;
    }
    if (decoded.type === "unknown") return decoded;
    const again = encodeContent(decoded, context);
    // An extension whose name was hit is one that nobody knows, and passed over.
    if (again.length === framed.length) expect(again).toEqual(framed);
    else expect(again.length).toBeLessThan(framed.length);
    return decoded;
  }
});

describe("a sender or a room that is not the one it came from", () => {
  test.each([
    ["another device", { ...context, senderUri: "mimi://mercy.example/d/ada/desk" }],
    ["another room", { ...context, roomUri: "mimi://relay.example/r/00" }],
  ])("is refused: %s", (_name, other) => {
    const said = { type: "answer", act: "acknowledge", of: id, ofSeq: 7, salt, details } as const;
    for (const content of [text, said]) {
      const framed = encodeContent(content, context);
      expect(codeOf(() => decodeContent(framed, other))).toBe("malformed");
      expect(decodeContent(framed)).toEqual(content);
    }
  });
});

describe("unknown, and no error", () => {
  test.each<[name: string, framed: Uint8Array]>([
    ["a reaction to nothing", mimiWith({ 6: part(2) })],
    ["a reaction of a page", mimiWith({ 4: id, 6: part(2, "", 1, plain, utf8("x".repeat(65))) })],
    ["a reaction that takes nothing back", mimiWith({ 4: id, 6: [2, "", 0] })],
    ["a text in a language", mimiWith({ 6: part(1, "de") })],
    ["a text in HTML", mimiWith({ 6: part(1, "", 1, "text/html;charset=utf-8") })],
    ["a deletion of nothing", mimiWith({ 6: [1, "", 0] })],
    [
      "an attachment",
      mimiWith({ 6: [6, "", 2, "", "https://x.example", 0, 0, 0, none, none, none, 0, none, "", ""] }),
    ],
    ["four levels of parts", mimiWith({ 6: [1, "", 3, 0, [[1, "", 3, 0, [[1, "", 3, 0, [part()]]]]]] })],
    ["a topic", mimiWith({ 2: Uint8Array.of(1) })],
    ["an expiry", mimiWith({ 3: [true, 60] })],
    ["a new intention", mimiWith({ 5: extensions([["rb.u", 4]]) })],
  ])("%s in MIMI content", (_name, framed) => {
    const content = decodeContent(framed, context);
    expect(content).toMatchObject({ type: "unknown", mediaType: mimi });
    const other = { ...context, senderUri: "mimi://mercy.example/d/eve/phone" };
    expect(codeOf(() => decodeContent(framed, other))).toBe("malformed");
  });

  test("a new way to ask, an act and a reason that are new", () => {
    const asking = askingWith([4, false, [], [], []]);
    expect(decodeContent(asking, context)).toMatchObject({ type: "unknown", mediaType: mimi });
    expect(decodeContent(ackWith({ 3: 8, 4: "new" }), context)).toMatchObject({
      type: "unknown",
      mediaType: ack,
    });
    expect(decodeContent(faultWith([[3, 4, 0]]), context)).toMatchObject({ type: "unknown" });
  });

  test("an acknowledgement with a new intention", () => {
    const framed = ackWith({ 6: extensions([["rb.u", 9]]) });
    expect(decodeContent(framed, context)).toMatchObject({ type: "unknown", mediaType: ack });
  });

  test("any other media type, kept with its parameters", () => {
    expect(decodeContent(encodeFraming("text/x.new", Uint8Array.of(1, 2)), context)).toEqual({
      type: "unknown",
      mediaType: "text/x.new",
      bytes: Uint8Array.of(1, 2),
    });
    expect(
      decodeContent(
        framingWith([
          ["charset", "utf-8"],
          ["v", "2"],
        ]),
        context,
      ),
    ).toMatchObject({
      mediaType: "application/x;charset=utf-8;v=2",
    });
  });

  test("extensions do not stand in the way of a text", () => {
    const more = extensions([
      ["new", [1, new Map([["a", 1]])]],
      [-5, null],
      [256, "x"],
    ]);
    expect(decodeContent(mimiWith({ 5: more }), context)).toEqual(text);
  });
});
