import fc from "fast-check";
import type { KnownContent } from "../../src/conversation/content.ts";
import type { Details } from "../../src/conversation/content-details.ts";
import { type ContentContext, roomUri, senderUri } from "../../src/conversation/message-id.ts";
import type { CipherSuite } from "../../src/crypto/suite.ts";
import { defaultCryptoProvider } from "../../src/crypto.ts";

export const { hash } = defaultCryptoProvider().suite(2) as CipherSuite;

export const room = new Uint8Array(32).fill(0xab);
export const context: ContentContext = {
  senderUri: senderUri("ada@mercy.example", "phone"),
  roomUri: roomUri(room, "relay.example"),
};

/** The code of what `run` throws; fails where it throws nothing. */
export function codeOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
  throw new Error("nothing was thrown");
}

export const details: Details = {
  seen: {
    seq: 7,
    hash: new Uint8Array(32).fill(7),
    signedAt: 1_764_000_000_000,
    signature: new Uint8Array(72),
  },
  deviceCounter: 3,
  sentAt: 1_764_000_000_000,
  intent: "critical",
};

export const salt = new Uint8Array(16).fill(5);
export const id = Uint8Array.from({ length: 32 }, (_, i) => (i === 0 ? 1 : 9));

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const natural = (min: number) => fc.integer({ min, max: Number.MAX_SAFE_INTEGER });
const messageIds = bytes(32).map((value) => value.with(0, 1));
const words = fc.string({ unit: "binary", minLength: 1, maxLength: 200 });
const seen = (least: number) =>
  fc.record({
    seq: natural(Math.max(1, least)),
    hash: bytes(32),
    signedAt: natural(0),
    signature: fc.uint8Array({ maxLength: 128 }),
  });

const detailsFrom = (least: number): fc.Arbitrary<Details> =>
  fc.record({
    seen: seen(least),
    deviceCounter: natural(1),
    sentAt: natural(0),
    intent: fc.constantFrom("fyi", "action", "call", "critical"),
  });

const text = fc.record(
  {
    type: fc.constant("text" as const),
    text: words,
    salt: bytes(16),
    inReplyTo: messageIds,
    replaces: messageIds,
    details: detailsFrom(0),
  },
  { requiredKeys: ["type", "text", "salt", "details"] },
);

const acknowledgement = natural(1).chain((ofSeq) =>
  fc.record(
    {
      type: fc.constant("acknowledgement" as const),
      of: messageIds,
      ofSeq: fc.constant(ofSeq),
      text: words,
      salt: bytes(16),
      details: detailsFrom(ofSeq),
    },
    { requiredKeys: ["type", "of", "ofSeq", "salt", "details"] },
  ),
);

const receipt = fc.integer({ min: 1, max: 10_000 }).chain((upTo) =>
  fc.record({
    type: fc.constant("receipt" as const),
    level: fc.constantFrom("stored" as const, "displayed" as const),
    upTo: fc.constant(upTo),
    seen: seen(upTo),
    exceptions: fc
      .uniqueArray(fc.integer({ min: 1, max: Math.max(1, upTo - 1) }), { maxLength: upTo > 1 ? 20 : 0 })
      .map((list) => list.sort((a, b) => a - b)),
  }),
);

/** Anything that can be said. */
export const contents: fc.Arbitrary<KnownContent> = fc.oneof(text, acknowledgement, receipt);
