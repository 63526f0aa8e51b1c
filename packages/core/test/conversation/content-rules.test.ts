import { describe, expect, test } from "vitest";
import { encodeCbor } from "../../src/codec/cbor.ts";
import { decodeContent, encodeContent, type KnownContent } from "../../src/conversation/content.ts";
import { encodeFraming } from "../../src/conversation/media-framing.ts";
import {
  ackWith,
  againWith,
  askingWith,
  extensions,
  faultWith,
  framingWith,
  hash,
  mimi,
  mimiWith,
  none,
  part,
  seen,
  status,
  statusWith,
} from "./forms.ts";
import { codeOf, context, details, id, salt } from "./kit.ts";

const text: KnownContent = { type: "text", text: "Potassium 6.8", salt, details };

const ben = "ben@b.example";
const field = ["potassium", "6.8", "mmol/L"];

describe("refused on receipt", () => {
  test.each<[name: string, framed: Uint8Array]>([
    ["no text", mimiWith({ 6: part(1, "", 1, "text/plain;charset=utf-8", none) })],
    [
      "a text over 16,384 bytes",
      mimiWith({ 6: part(1, "", 1, "text/plain;charset=utf-8", new Uint8Array(16_385).fill(97)) }),
    ],
    [
      "a text that is not UTF-8",
      mimiWith({ 6: part(1, "", 1, "text/plain;charset=utf-8", Uint8Array.of(0xff)) }),
    ],
    [
      "a surrogate in a text",
      mimiWith({ 6: part(1, "", 1, "text/plain;charset=utf-8", Uint8Array.of(0xed, 0xa0, 0x80)) }),
    ],
    ["a short salt", mimiWith({ 0: new Uint8Array(15) })],
    ["no salt", mimiWith({ 0: null })],
    ["a reply to a short id", mimiWith({ 4: new Uint8Array(31).fill(1) })],
    ["a reply to an id of another hash", mimiWith({ 4: new Uint8Array(32).fill(2) })],
    ["an edit of a short id", mimiWith({ 1: none })],
    ["a topic that is a text", mimiWith({ 2: "topic" })],
    ["no extensions", mimiWith({ 5: null })],
    ["no sender", mimiWith({ 5: extensions([[1, undefined]]) })],
    ["no room", mimiWith({ 5: extensions([[2, undefined]]) })],
    ["a sender that is no text", mimiWith({ 5: extensions([[1, 1]]) })],
    ["nothing seen", mimiWith({ 5: extensions([["rb.s", undefined]]) })],
    ["something seen without a hash", mimiWith({ 5: extensions([["rb.s", [7]]]) })],
    ["something seen without the relay's word", mimiWith({ 5: extensions([["rb.s", [7, hash]]]) })],
    [
      "something seen with a long signature",
      mimiWith({ 5: extensions([["rb.s", [7, hash, 0, new Uint8Array(129)]]]) }),
    ],
    ["something seen at no time", mimiWith({ 5: extensions([["rb.s", [7, hash, -1, none]]]) })],
    [
      "something seen with a short hash",
      mimiWith({ 5: extensions([["rb.s", [7, new Uint8Array(31), 0, none]]]) }),
    ],
    ["something seen at no place", mimiWith({ 5: extensions([["rb.s", seen(0)]]) })],
    ["no device counter", mimiWith({ 5: extensions([["rb.c", undefined]]) })],
    ["a device counter that is no list", mimiWith({ 5: extensions([["rb.c", 3]]) })],
    ["a device counter of zero", mimiWith({ 5: extensions([["rb.c", [0]]]) })],
    ["what was given up, as a text", mimiWith({ 5: extensions([["rb.c", [3, "2"]]]) })],
    ["what was given up, out of order", mimiWith({ 5: extensions([["rb.c", [3, 2, 1]]]) })],
    ["a count given up that is its own", mimiWith({ 5: extensions([["rb.c", [3, 3]]]) })],
    ["no time", mimiWith({ 5: extensions([["rb.t", undefined]]) })],
    ["a time that is a text", mimiWith({ 5: extensions([["rb.t", "now"]]) })],
    ["no intention", mimiWith({ 5: extensions([["rb.u", undefined]]) })],
    ["an intention that is a text", mimiWith({ 5: extensions([["rb.u", "critical"]]) })],
    ["an extension without a name", mimiWith({ 5: extensions([["", 1]]) })],
    ["an extension with a long name", mimiWith({ 5: extensions([["x".repeat(256), 1]]) })],
    ["an extension five levels deep", mimiWith({ 5: extensions([["x", [[[[]]]]]]) })],
    ["six fields", encodeFraming(mimi, encodeCbor([salt, null, none, null, null, extensions()]))],
    [
      "eight fields",
      encodeFraming(mimi, encodeCbor([salt, null, none, null, null, extensions(), part(), null])),
    ],
    ["a map", encodeFraming(mimi, encodeCbor(new Map()))],
    ["no body", mimiWith({ 6: null })],
    ["a body of two fields", mimiWith({ 6: [1, ""] })],
    ["a body of six fields", mimiWith({ 6: [...part(), null] })],
    [
      "a body whose content is a text",
      mimiWith({ 6: part(1, "", 1, "text/plain;charset=utf-8", "Potassium") }),
    ],
    [
      "parts too deep",
      mimiWith({ 6: [1, "", 3, 0, [[1, "", 3, 0, [[1, "", 3, 0, [[1, "", 3, 0, [[]]]]]]]]] }),
    ],
    ["an acknowledgement of a short id", ackWith({ 1: new Uint8Array(31).fill(1) })],
    ["an acknowledgement of an id of another hash", ackWith({ 1: hash })],
    ["an acknowledgement of nothing", ackWith({ 2: 0 })],
    ["an acknowledgement of what was not seen", ackWith({ 2: 8 })],
    ["an acknowledgement with an empty text", ackWith({ 5: "" })],
    ["an acknowledgement with a text over 16,384 bytes", ackWith({ 5: "x".repeat(16_385) })],
    ["an acknowledgement whose text is bytes", ackWith({ 5: none })],
    ["an acknowledgement with a short salt", ackWith({ 0: none })],
    ["an acknowledgement without extensions", ackWith({ 6: null })],
    ["a receipt of no level", statusWith({ 0: 0 })],
    ["a receipt of an unknown level", statusWith({ 0: 3 })],
    ["a receipt of nothing", statusWith({ 1: 0, 3: [] })],
    ["a receipt of what was not seen", statusWith({ 1: 10 })],
    ["a receipt with a short hash", statusWith({ 2: [9, none, 0, none] })],
    ["a receipt with exceptions out of order", statusWith({ 3: [3, 2] })],
    ["a receipt with an exception twice", statusWith({ 3: [2, 2] })],
    ["a receipt with an exception at its end", statusWith({ 3: [7] })],
    ["a receipt with an exception beyond", statusWith({ 3: [8] })],
    ["a receipt with an exception of zero", statusWith({ 3: [0] })],
    ["a receipt whose exceptions are no list", statusWith({ 3: null })],
    ["a receipt of three fields", encodeFraming(status, encodeCbor([1, 7, seen(9)]))],
    ["a receipt with an extra field", encodeFraming(status, encodeCbor([1, 7, seen(9), [], null]))],
    ["an act that is a text", ackWith({ 3: "accept" })],
    ["an acknowledgement of an act", ackWith({ 4: 0 })],
    ["a read-back that is no list", ackWith({ 3: 4, 4: "6.8" })],
    ["a read-back with a field twice", ackWith({ 3: 4, 4: [field, field] })],
    ["a read-back without a name", ackWith({ 3: 4, 4: [["", "6.8", ""]] })],
    ["a read-back with a number", ackWith({ 3: 4, 4: [["potassium", 6, ""]] })],
    [
      "a read-back of 33 values",
      ackWith({ 3: 4, 4: Array.from({ length: 33 }, (_, i) => [`${i}`, "1", ""]) }),
    ],
    ["a confirmation of nothing", ackWith({ 3: 5 })],
    ["a correction of a short id", ackWith({ 3: 6, 4: none })],
    ["a step below zero", ackWith({ 3: 7, 4: -1 })],
    ["a request of four fields", askingWith([1, false, [], []])],
    ["a request whose mode is a text", askingWith(["acknowledge", false, [], [], []])],
    ["a request of nobody", askingWith([1, false, ["nobody"], [], []])],
    ["a request of one person twice", askingWith([1, false, [ben, ben], [], []])],
    [
      "a request of 65 persons",
      askingWith([1, false, Array.from({ length: 65 }, (_, i) => `p${i}@b.example`), [], []]),
    ],
    ["values with nothing to read back", askingWith([1, false, [], [field], []])],
    ["a read-back of nothing", askingWith([3, false, [], [], []])],
    ["a value of 257 bytes", askingWith([3, false, [], [["a", "x".repeat(257), ""]], []])],
    ["a unit of 33 bytes", askingWith([3, false, [], [["a", "x", "x".repeat(33)]], []])],
    ["a name of 65 bytes", askingWith([3, false, [], [["x".repeat(65), "x", ""]], []])],
    ["nine steps", askingWith([1, false, [], [], Array.from({ length: 9 }, (_, i) => [i + 1, ben])])],
    ["a step for nobody", askingWith([1, false, [], [], [[1]]])],
    ["a step at once", askingWith([1, false, [], [], [[0, ben]]])],
    [
      "steps out of order",
      askingWith([
        1,
        false,
        [],
        [],
        [
          [2, ben],
          [1, ben],
        ],
      ]),
    ],
    ["a step after a month", askingWith([1, false, [], [], [[2_592_000_001, ben]]])],
    ["a deadline that is a text", askingWith([1, false, [], [], []], "now")],
    ["a deadline of zero", askingWith([1, false, [], [], []], 0)],
    [
      "a deadline of what wants nothing",
      mimiWith({
        5: extensions([
          ["rb.u", 0],
          ["rb.d", 5],
        ]),
      }),
    ],
    ["a word on nothing that cannot be read", faultWith([])],
    [
      "faults out of order",
      faultWith([
        [3, 0, 0],
        [2, 0, 0],
      ]),
    ],
    ["a fault of what was not seen", faultWith([[10, 0, 0]])],
    ["a fault of a leaf that is a text", faultWith([[3, 0, "x"]])],
    ["what was missed without a beginning", faultWith([[3, 3, null]])],
    ["what was missed from after its end", faultWith([[3, 3, 4]])],
    [
      "what was missed from before another fault",
      faultWith([
        [3, 0, 0],
        [5, 3, 3],
      ]),
    ],
    ["something said again that was not seen", againWith({ 1: 10 })],
    ["something said again without what opens it", againWith({ 4: null })],
    ["something said again of 256 KiB and more", againWith({ 4: [salt, salt, salt, 262_145] })],
    ["nothing at all", none],
    ["no media type", encodeFraming("", none)],
    ["a media type without a subtype", encodeFraming("text", none)],
    ["a media type with a line break", encodeFraming("text/x\n", none)],
    ["a media type of 256 bytes", encodeFraming(`text/${"x".repeat(251)}`, none)],
    ["a parameter without a name", framingWith([["", "b"]])],
    ["a parameter with a line break", framingWith([["a", "\n"]])],
  ])("%s", (_name, framed) => {
    expect(codeOf(() => decodeContent(framed, context))).toBeOneOf(["malformed", "too-large"]);
  });

  test.each<[name: string, framed: Uint8Array]>([
    ["content over 64 KiB", encodeFraming("application/x", new Uint8Array(65_536))],
    ["extensions over 4 KiB", mimiWith({ 5: extensions([["x", new Uint8Array(4_000)]]) })],
    ["33 faults", faultWith(Array.from({ length: 33 }, (_, i) => [i + 1, 0, 0]))],
    ["257 exceptions", statusWith({ 1: 300, 2: seen(300), 3: Array.from({ length: 257 }, (_, i) => i + 1) })],
    ["nine parameters", framingWith(Array.from({ length: 9 }, () => ["a", "b"]))],
  ])("as too large: %s", (_name, framed) => {
    expect(codeOf(() => decodeContent(framed, context))).toBe("too-large");
  });

  test("not what is just as large as it may be", () => {
    const exceptions = Array.from({ length: 256 }, (_, i) => i + 1);
    expect(decodeContent(statusWith({ 1: 300, 2: seen(300), 3: exceptions }))).toMatchObject({
      exceptions,
    });
    const longest = "x".repeat(16_384);
    const framed = encodeContent({ ...text, text: longest } as KnownContent, context);
    expect(decodeContent(framed, context)).toMatchObject({ text: longest });
    expect(decodeContent(mimiWith({ 5: extensions([["x", new Uint8Array(3_500)]]) }), context)).toEqual(text);
  });
});

describe("refused on sending", () => {
  const said = { type: "answer", act: "acknowledge", of: id, ofSeq: 7, salt, details } as const;
  const receipt = {
    type: "receipt",
    level: "stored",
    upTo: 7,
    seen: { ...details.seen, seq: 9 },
    exceptions: [2],
  } as const;
  test.each<[code: string, name: string, content: KnownContent]>([
    ["empty-text", "no text", { ...text, text: "" } as KnownContent],
    ["text-too-long", "a text over 16,384 bytes", { ...text, text: "ü".repeat(8_193) } as KnownContent],
    [
      "text-too-long",
      "a text of a million letters",
      { ...text, text: "x".repeat(1_000_000) } as KnownContent,
    ],
    ["invalid-argument", "a lone surrogate", { ...text, text: "\uD83D" } as KnownContent],
    ["invalid-argument", "a short salt", { ...text, salt: new Uint8Array(15) } as KnownContent],
    ["invalid-argument", "a reply to a short id", { ...text, inReplyTo: none } as KnownContent],
    ["invalid-argument", "an edit of an unknown hash", { ...text, replaces: hash } as KnownContent],
    [
      "invalid-argument",
      "a recall of an unknown hash",
      { type: "recall", replaces: hash, salt, details } as KnownContent,
    ],
    ...["", "ü".repeat(513), "x".repeat(1_000_000)].map((reason): [string, string, KnownContent] => [
      "invalid-argument",
      `a reason of ${reason.length} letters`,
      { type: "recall", replaces: id, reason, salt, details },
    ]),
    ...["", "ü".repeat(33), "x".repeat(1_000_000)].map((reaction): [string, string, KnownContent] => [
      "invalid-argument",
      `a reaction of ${reaction.length} letters`,
      { type: "reaction", of: id, reaction, salt, details },
    ]),
    [
      "invalid-argument",
      "a time before 1970",
      { ...text, details: { ...details, sentAt: -1 } } as KnownContent,
    ],
    ["invalid-argument", "a broken time", { ...text, details: { ...details, sentAt: 0.5 } } as KnownContent],
    [
      "invalid-argument",
      "a counter of zero",
      { ...text, details: { ...details, deviceCounter: 0 } } as KnownContent,
    ],
    [
      "invalid-argument",
      "a short hash",
      { ...text, details: { ...details, seen: { ...details.seen, hash: none } } } as KnownContent,
    ],
    [
      "invalid-argument",
      "an unknown intention",
      { ...text, details: { ...details, intent: "x" } } as unknown as KnownContent,
    ],
    ["empty-text", "an empty read-back", { ...said, text: "" }],
    ["text-too-long", "a long read-back", { ...said, text: "x".repeat(16_385) }],
    ["invalid-argument", "a lone surrogate in a read-back", { ...said, text: "\uDC00" }],
    ["invalid-argument", "an acknowledgement of what was not seen", { ...said, ofSeq: 8 }],
    ["invalid-argument", "an acknowledgement of no place", { ...said, ofSeq: 0 }],
    ["invalid-argument", "a receipt of what was not seen", { ...receipt, upTo: 10 }],
    ["invalid-argument", "a receipt of nothing", { ...receipt, upTo: 0, exceptions: [] }],
    ["invalid-argument", "a receipt of no level", { ...receipt, level: "read" } as unknown as KnownContent],
    ["invalid-argument", "exceptions out of order", { ...receipt, exceptions: [3, 2] }],
    ["invalid-argument", "an exception at the end", { ...receipt, exceptions: [7] }],
    ["too-large", "257 exceptions", { ...receipt, exceptions: Array.from({ length: 257 }, (_, i) => i + 1) }],
  ])("%s: %s", (code, _name, content) => {
    expect(codeOf(() => encodeContent(content, context))).toBe(code);
  });
});
