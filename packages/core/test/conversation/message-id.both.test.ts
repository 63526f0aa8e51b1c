import { describe, expect, test } from "vitest";
import { decodeCbor, encodeCbor } from "../../src/codec/cbor.ts";
import { fromHex, hex } from "../../src/codec/hex.ts";
import { contentId, decodeContent, encodeContent } from "../../src/conversation/content.ts";
import { encodeFraming } from "../../src/conversation/media-framing.ts";
import { messageId, roomUri, senderUri } from "../../src/conversation/message-id.ts";
import { codeOf, context, details, hash, id, room, salt } from "./kit.ts";
import { exampleRoom, mimiExamples } from "./mimi-examples.ts";

describe("the examples of the draft", () => {
  test.each(mimiExamples)("$name: the profile reads and writes the very bytes", ({ message }) => {
    const bytes = fromHex(message);
    expect(encodeCbor(decodeCbor(bytes, { size: 4_096, depth: 8 }))).toEqual(bytes);
  });

  test.each(mimiExamples)("$name: its message id", ({ sender, id: expected, message }) => {
    const bytes = fromHex(message);
    const example = { senderUri: `mimi://example.com/u/${sender}`, roomUri: exampleRoom };
    expect(hex(messageId(hash, example, bytes, bytes.slice(2, 18)))).toBe(expected);
    const framed = encodeFraming("application/mimi-content", bytes);
    const unknown = { type: "unknown", mediaType: "application/mimi-content", bytes } as const;
    expect(hex(contentId(hash, unknown, framed, example))).toBe(expected);
  });
});

describe("the id of content", () => {
  const text = { type: "text", text: "Potassium 6.8", salt, details } as const;

  test("is that of the draft for a text", () => {
    const framed = encodeContent(text, context);
    const inner = framed.slice(1 + "application/mimi-content".length + 1 + 2);
    expect(hex(contentId(hash, decodeContent(framed), framed, context))).toBe(
      hex(messageId(hash, context, inner, salt)),
    );
  });

  test("changes with the words, the salt, the sender and the room", () => {
    const idOf = (content: typeof text | { text: string }, where = context): string => {
      const all = { ...text, ...content };
      const framed = encodeContent(all, where);
      return hex(contentId(hash, all, framed, where));
    };
    const others = [
      idOf({ text: "Potassium 6.9" }),
      idOf({ ...text, salt: salt.with(0, 6) } as typeof text),
      idOf(text, { ...context, senderUri: senderUri("ada@mercy.example", "desk") }),
      idOf(text, { ...context, roomUri: roomUri(room.with(0, 0), "relay.example") }),
    ];
    expect(new Set([idOf(text), ...others]).size).toBe(5);
    expect(idOf(text)).toBe(idOf(text));
  });

  test("is of its own for each kind of content, also where the bytes inside are the same", () => {
    const ids = ["application/x.one", "application/x.two"].map((mediaType) => {
      const framed = encodeFraming(mediaType, new Uint8Array(40));
      return hex(contentId(hash, decodeContent(framed), framed, context));
    });
    expect(new Set(ids).size).toBe(2);
    for (const value of ids) expect(value).toMatch(/^01[0-9a-f]{62}$/);
  });

  test("binds the salt of an acknowledgement at the end", () => {
    const content = { type: "answer", act: "acknowledge", of: id, ofSeq: 1, salt, details } as const;
    const framed = encodeContent(content, context);
    const unsalted = messageId(hash, context, framed, new Uint8Array());
    expect(contentId(hash, content, framed, context)).not.toEqual(unsalted);
  });
});

describe("URIs", () => {
  test("name a device", () => {
    expect(senderUri("ada@mercy.example", "phone")).toBe("mimi://mercy.example/d/ada/phone");
    expect(senderUri("ada.l+icu@mercy.example", "ward%2")).toBe(
      "mimi://mercy.example/d/ada.l%2Bicu/ward%252",
    );
    expect(senderUri("Ämma@mercy.example", "téléphone")).toBe(
      "mimi://mercy.example/d/%C3%84mma/t%C3%A9l%C3%A9phone",
    );
  });

  test("differ where devices differ", () => {
    expect(senderUri("a%2Fb@c.d", "e")).not.toBe(senderUri("a@c.d", "b/e"));
    expect(senderUri("a@c.d", "b?e")).not.toBe(senderUri("a@c.d", "b%3Fe"));
  });

  test("name a conversation", () => {
    expect(roomUri(room, "relay.example")).toBe(`mimi://relay.example/r/${"ab".repeat(32)}`);
    expect(roomUri(room, "a/r/b")).toBe(`mimi://a%2Fr%2Fb/r/${"ab".repeat(32)}`);
  });

  test.each([
    ["a person without a domain", () => senderUri("ada", "phone")],
    ["a person with a slash", () => senderUri("a/da@mercy.example", "phone")],
    ["a device without a name", () => senderUri("ada@mercy.example", "")],
    ["a device with a lone surrogate", () => senderUri("ada@mercy.example", "\uD800")],
    ["a short conversation", () => roomUri(new Uint8Array(31), "relay.example")],
    ["a relay without a name", () => roomUri(room, "")],
  ])("refuse %s", (_name, run) => {
    expect(codeOf(run)).toBe("invalid-argument");
  });
});
