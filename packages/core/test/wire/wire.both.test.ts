import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sameBytes } from "../../src/codec/bytes.ts";
import { decode } from "../../src/codec/reader.ts";
import { encode } from "../../src/codec/writer.ts";
import { hasCode } from "../../src/error.ts";
import {
  type Answer,
  type ClientMessage,
  decodeClientMessage,
  decodeRelayMessage,
  type EntryHeader,
  type EntryKind,
  encodeClientMessage,
  encodeRelayMessage,
  FrameAssembler,
  type RefusalCode,
  type RelayMessage,
  type Request,
  readEntryHeader,
  splitMessage,
  writeEntryHeader,
} from "../../src/wire.ts";

const bytes = fc.uint8Array({ maxLength: 100 });
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });
const name = fc.string({ maxLength: 40 });
const safe = fc.maxSafeNat();
const u16 = fc.nat(0xffff);
const u32 = fc.nat(0xffffffff);
const epoch = fc.bigInt(0n, 0xffffffffffffffffn);
const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined });
const kind = fc.constantFrom<EntryKind>("create", "commit", "proposal", "application", "receipt");

const header: fc.Arbitrary<EntryHeader> = fc.record({
  conversation: hash,
  seq: safe,
  previousHash: hash,
  kind,
  epoch,
  payloadHash: hash,
  acceptedAt: safe,
  relay: name,
});
const entry = fc.record({ header, payload: optional(bytes) });
const head = fc.record({ conversation: hash, seq: safe, entryHash: hash, signedAt: safe, signature: bytes });
const cursor = fc.record({ conversation: hash, seq: safe });

const request: fc.Arbitrary<Request> = fc.oneof(
  fc.record({
    type: fc.constant("publish" as const),
    replaces: fc.boolean(),
    keyPackages: fc.array(bytes),
    lastResort: optional(bytes),
  }),
  fc.record({
    type: fc.constant("claim" as const),
    suite: u16,
    persons: fc.array(name),
    except: fc.array(name),
  }),
  fc.record({
    type: fc.constant("create" as const),
    conversation: hash,
    epoch,
    payload: bytes,
    welcome: optional(bytes),
    groupInfo: optional(bytes),
  }),
  fc.record({
    type: fc.constant("append" as const),
    conversation: hash,
    kind: kind.filter((k) => k !== "create"),
    epoch,
    payload: bytes,
    welcome: optional(bytes),
    groupInfo: optional(bytes),
  }) as fc.Arbitrary<Request>,
  fc.record({ type: fc.constant("fetch" as const), conversation: hash, after: safe, limit: u32 }),
  fc.record({ type: fc.constant("subscribe" as const), inboxAfter: safe }),
  fc.record({ type: fc.constant("acknowledge-inbox" as const), upTo: safe }),
  fc.record({ type: fc.constant("group-info" as const), conversation: hash }),
  fc.record({
    type: fc.constant("ends" as const),
    nonce: fc.uint8Array({ minLength: 16, maxLength: 16 }),
    digest: hash,
  }),
  fc.record({ type: fc.constant("revoke" as const), device: name, after: optional(hash) }),
);

const clientMessage: fc.Arbitrary<ClientMessage> = fc.oneof(
  fc.record({
    type: fc.constant("login" as const),
    login: fc.record({ suite: u16, signatureKey: bytes, credential: bytes, signature: bytes }),
  }),
  fc.record({ type: fc.constant("request" as const), id: u32, request }),
);

// Unknown codes read as `refused`, so that one alone has more than one encoding.
const refusal = fc.constantFrom<RefusalCode>("not-allowed", "commit-first", "unavailable", "too-large");
const claimed = fc.record({
  person: name,
  known: fc.boolean(),
  devices: fc.array(fc.record({ device: name, keyPackage: optional(bytes) })),
});
const services = fc.array(fc.record({ signatureKey: bytes, credential: bytes }), { maxLength: 3 });
const reference = fc.uint8Array({ maxLength: 64 });
const answer: fc.Arbitrary<Answer> = fc.oneof(
  fc.record({ type: fc.constant("done" as const) }),
  fc.record({ type: fc.constant("refused" as const), code: refusal }),
  fc.record({
    type: fc.constant("welcome" as const),
    person: name,
    device: name,
    keyPackages: fc.array(reference),
    lastResorts: fc.array(reference),
    now: fc.maxSafeNat(),
    services,
  }),
  fc.record({ type: fc.constant("serving" as const), domain: name, now: fc.maxSafeNat() }),
  fc.record({ type: fc.constant("revoked" as const), conversations: fc.array(hash) }),
  fc.record({ type: fc.constant("claimed" as const), persons: fc.array(claimed), services }),
  fc.record({ type: fc.constant("appended" as const), seq: safe, acceptedAt: safe }),
  fc.record({ type: fc.constant("epoch-changed" as const), epoch }),
  fc.record({ type: fc.constant("entries" as const), entries: fc.array(entry, { maxLength: 4 }), head }),
  fc.record({ type: fc.constant("subscribed" as const), heads: fc.array(cursor) }),
  fc.record({ type: fc.constant("group-info" as const), groupInfo: bytes, ratchetTree: bytes }),
  fc.record({
    type: fc.constant("ends" as const),
    signedAt: safe,
    signature: fc.uint8Array({ maxLength: 256 }),
    ends: fc.option(fc.array(fc.record({ conversation: hash, seq: safe, hash })), { nil: undefined }),
  }),
);

const relayMessage: fc.Arbitrary<RelayMessage> = fc.oneof(
  fc.record({
    type: fc.constant("challenge" as const),
    challenge: fc.record({ relay: name, logKey: bytes, nonce: hash }),
  }),
  fc.record({ type: fc.constant("answer" as const), id: u32, answer }),
  fc.record({ type: fc.constant("entry" as const), entry, head }),
  fc.record({
    type: fc.constant("inbox" as const),
    after: fc.nat(),
    index: safe,
    item: fc.oneof(
      fc.record({ type: fc.constant("welcome" as const), conversation: hash, seq: safe, welcome: bytes }),
      fc.record({ type: fc.constant("device" as const), device: name }),
    ),
  }),
  fc.record({ type: fc.constant("goodbye" as const) }),
  fc.record({ type: fc.constant("claimed" as const), suite: fc.integer({ min: 0, max: 65_535 }) }),
);

/** Every message comes back as it was, no truncation decodes, and an altered byte is refused or means something else. */
function checkMessages<T>(
  messages: fc.Arbitrary<T>,
  to: (message: T) => Uint8Array,
  from: (bytes: Uint8Array) => T,
): void {
  fc.assert(
    fc.property(messages, fc.nat(), fc.integer({ min: 1, max: 255 }), (message, at, flip) => {
      const encoded = to(message);
      expect(from(encoded)).toEqual(message);
      const attempt = (damaged: Uint8Array): T | undefined => {
        try {
          return from(damaged);
        } catch (error) {
          if (
            hasCode(error, "malformed") ||
            hasCode(error, "too-large") ||
            hasCode(error, "protocol-violation")
          )
            return undefined;
          throw error;
        }
      };
      expect(attempt(encoded.subarray(0, at % encoded.length))).toBeUndefined();
      const altered = encoded.slice();
      altered[at % altered.length] = (altered[at % altered.length] as number) ^ flip;
      const read = attempt(altered);
      if (read !== undefined) expect(read).not.toEqual(message);
    }),
    { numRuns: 300 },
  );
}

describe("messages", () => {
  test("of clients", () => checkMessages(clientMessage, encodeClientMessage, decodeClientMessage));
  test("of relays", () => checkMessages(relayMessage, encodeRelayMessage, decodeRelayMessage));

  test("a header has one encoding", () => {
    fc.assert(
      fc.property(header, (value) => {
        const encoded = encode(writeEntryHeader, value);
        expect(decode(readEntryHeader, encoded)).toEqual(value);
        expect(sameBytes(encode(writeEntryHeader, decode(readEntryHeader, encoded)), encoded)).toBe(true);
      }),
    );
  });

  test("a log is opened by a create request only", () => {
    const append: ClientMessage = {
      type: "request",
      id: 1,
      request: {
        type: "append",
        conversation: new Uint8Array(32),
        kind: "create" as "commit",
        epoch: 0n,
        payload: new Uint8Array(1),
        welcome: undefined,
        groupInfo: undefined,
      },
    };
    expect(() => decodeClientMessage(encodeClientMessage(append))).toThrow(
      expect.objectContaining({ code: "malformed" }),
    );
  });
});

describe("frames", () => {
  test("any message comes back from its frames, whatever their size", () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 300 })),
        fc.integer({ min: 2, max: 64 }),
        (messages, frameSize) => {
          const assembler = new FrameAssembler(300);
          const frames = messages.flatMap((message) => splitMessage(message, frameSize));
          expect(frames.every((frame) => frame.length <= frameSize)).toBe(true);
          const back = frames
            .map((frame) => assembler.push(frame))
            .filter((message) => message !== undefined);
          expect(back.map((message) => message.slice())).toEqual(messages);
        },
      ),
    );
  });

  test("a message over the limit, an empty unfinished frame and a bad continuation byte are refused", () => {
    const code = (frames: number[][], limit = 4): unknown => {
      const assembler = new FrameAssembler(limit);
      try {
        for (const frame of frames) assembler.push(Uint8Array.from(frame));
      } catch (error) {
        return (error as { code: string }).code;
      }
      return undefined;
    };
    expect(code([[0, 1, 2, 3, 4]])).toBeUndefined();
    expect(code([[0, 1, 2, 3, 4, 5]])).toBe("too-large");
    expect(
      code([
        [1, 1, 2, 3],
        [0, 4, 5],
      ]),
    ).toBe("too-large");
    expect(code([[1]])).toBe("malformed");
    expect(code([[2, 1]])).toBe("malformed");
    expect(code([[]])).toBe("malformed");
  });
});
