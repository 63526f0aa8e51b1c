import fc from "fast-check";
import { utf8 } from "../../src/codec/utf8.ts";
import type { Act, AnswerContent, KnownContent } from "../../src/conversation/content.ts";
import type { Details } from "../../src/conversation/content-details.ts";
import type { CriticalValue } from "../../src/conversation/critical-value.ts";
import { type ContentContext, roomUri, senderUri } from "../../src/conversation/message-id.ts";
import type { Request, RequestMode } from "../../src/conversation/request.ts";
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
  givenUp: [1],
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
  fc
    .record({
      seen: seen(least),
      deviceCounter: natural(1),
      givenUp: fc.uniqueArray(fc.integer({ min: 1, max: 1_000 }), { maxLength: 20 }),
      sentAt: natural(0),
      intent: fc.constantFrom("fyi", "action", "call", "critical"),
    })
    .map((all) => ({
      ...all,
      givenUp: all.givenUp.filter((count) => count < all.deviceCounter).sort((a, b) => a - b),
    }));

const persons = (minLength: number) =>
  fc.uniqueArray(fc.constantFrom("ben@b.example", "cleo@c.example", "dora@d.example"), { minLength });

/** Values in their canonical form. */
function values(minLength: number): fc.Arbitrary<CriticalValue[]> {
  const field = (min: number, max: number) =>
    fc
      .string({ unit: "grapheme", maxLength: max })
      .map((field) => field.normalize("NFC").trim())
      .filter((field) => utf8(field).length >= min && utf8(field).length <= max);
  const value = fc.record({ name: field(1, 64), value: field(1, 256), unit: field(0, 32) });
  return fc.uniqueArray(value, { minLength, maxLength: 5, selector: ({ name }) => name });
}

const escalation = fc
  .uniqueArray(fc.integer({ min: 1, max: 2_592_000_000 }), { maxLength: 8 })
  .chain((times) =>
    fc.tuple(
      ...times.sort((a, b) => a - b).map((after) => fc.record({ after: fc.constant(after), to: persons(1) })),
    ),
  );

export const requests: fc.Arbitrary<Request> = fc
  .constantFrom<RequestMode>("seen", "acknowledge", "accept-decline", "read-back")
  .chain((mode) =>
    fc.record({
      mode: fc.constant(mode),
      of: persons(0),
      any: fc.boolean(),
      values: mode === "read-back" ? values(1) : fc.constant([]),
      escalation,
    }),
  );

const asking = fc.record(
  {
    type: fc.constant("text" as const),
    text: words,
    salt: bytes(16),
    deadline: natural(1),
    request: requests,
    details: detailsFrom(0).map((known) => ({ ...known, intent: "action" as const })),
  },
  { requiredKeys: ["type", "text", "salt", "details"] },
);

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

const recall = fc.record(
  {
    type: fc.constant("recall" as const),
    replaces: messageIds,
    inReplyTo: messageIds,
    reason: words,
    salt: bytes(16),
    details: detailsFrom(0),
  },
  { requiredKeys: ["type", "replaces", "salt", "details"] },
);

const reaction = fc
  .record(
    {
      type: fc.constant("reaction" as const),
      of: messageIds,
      reaction: fc
        .string({ unit: "grapheme", minLength: 1, maxLength: 4 })
        .filter((sign) => utf8(sign).length <= 64),
      replaces: messageIds,
      salt: bytes(16),
      details: detailsFrom(0),
    },
    { requiredKeys: ["type", "of", "salt", "details"] },
  )
  .filter(({ reaction, replaces }) => reaction !== undefined || replaces !== undefined);

const acts: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ act: fc.constantFrom("seen" as const, "acknowledge", "accept", "decline") }),
  fc.record({ act: fc.constant("read-back" as const), values: values(0) }),
  fc.record({ act: fc.constant("confirm" as const), answer: messageIds }),
  fc.record({ act: fc.constant("correct" as const), answer: messageIds }),
  fc.record({ act: fc.constant("escalate" as const), step: natural(0) }),
);

const answer = natural(1).chain((ofSeq) =>
  fc
    .tuple(
      fc.record(
        {
          type: fc.constant("answer" as const),
          of: messageIds,
          ofSeq: fc.constant(ofSeq),
          text: words,
          salt: bytes(16),
          details: detailsFrom(ofSeq),
        },
        { requiredKeys: ["type", "of", "ofSeq", "salt", "details"] },
      ),
      acts,
    )
    .map(([words, act]): AnswerContent => ({ ...words, ...act })),
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

const missed = fc.integer({ min: 1, max: 10_000 }).chain((from) =>
  fc.record({
    type: fc.constant("fault" as const),
    seen: seen(from + 5),
    faults: fc.tuple(
      fc.record({
        seq: fc.integer({ min: from, max: from + 5 }),
        from: fc.constant(from),
        reason: fc.constant("missed" as const),
        leaf: fc.constant(undefined),
      }),
    ),
  }),
);

const fault = fc
  .uniqueArray(fc.integer({ min: 1, max: 10_000 }), { minLength: 1, maxLength: 32 })
  .chain((places) =>
    fc.record({
      type: fc.constant("fault" as const),
      seen: seen(Math.max(...places)),
      faults: fc.tuple(
        ...places
          .sort((a, b) => a - b)
          .map((seq) =>
            fc.record({
              seq: fc.constant(seq),
              from: fc.constant(seq),
              reason: fc.constantFrom("undecryptable" as const, "not-understood", "missing"),
              leaf: fc.option(natural(0), { nil: undefined }),
            }),
          ),
      ),
    }),
  );

const again = natural(1).chain((ofSeq) =>
  fc.record({
    type: fc.constant("again" as const),
    seen: seen(ofSeq),
    ofSeq: fc.constant(ofSeq),
    content: fc.uint8Array({ maxLength: 300 }),
    signature: fc.uint8Array({ maxLength: 80 }),
    opening: fc.record({
      key: bytes(16),
      nonce: bytes(12),
      encryptedSenderData: bytes(28),
      length: fc.integer({ min: 0, max: 262_144 }),
      authenticatedData: fc.uint8Array({ maxLength: 20 }),
    }),
  }),
);

const fork = fc.record({
  type: fc.constant("fork" as const),
  seen: seen(1),
  proof: fc.uint8Array({ maxLength: 300 }),
});

/** Anything that can be said. */
export const contents: fc.Arbitrary<KnownContent> = fc.oneof(
  text,
  asking,
  recall,
  reaction,
  answer,
  receipt,
  fault,
  missed,
  fork,
  again,
);
