import { type CborKey, type CborValue, cborDepth, encodeCbor } from "../codec/cbor.ts";
import { utf8 } from "../codec/utf8.ts";
import { ReadbackError } from "../error.ts";
import { identifierSize, type LogHead } from "../wire/entry.ts";
import { arrayOf, ascendingBelow, broken, bytesOf, type FieldCode, naturalFrom } from "./content-field.ts";
import type { ContentContext } from "./message-id.ts";

/** What an author wants of the others. `fyi`: nothing; `action`: do something; `call`: call back; `critical`: acknowledge now. */
export type Intention = "fyi" | "action" | "call" | "critical";

/**
 * How far a device had read the log: everything up to this entry, and that it was this history and no other. It is the
 * whole head that the device has verified, so that whoever was shown another history holds the relay's two signatures.
 */
export interface Seen {
  /** The last entry processed, from 1 on. */
  readonly seq: number;
  /** That entry's hash, 32 bytes. */
  readonly hash: Uint8Array;
  /** When the relay signed the head, milliseconds by its clock. */
  readonly signedAt: number;
  /** The relay's signature over the head: at most 128 bytes. */
  readonly signature: Uint8Array;
}

/** What goes with everything that a person says, covered by the author's signature (profile RB-1, "Content"). */
export interface Details {
  /** `rb.s`: what the author had seen when saying it. */
  readonly seen: Seen;
  /** `rb.c`: counts what this device has said in the conversation, this included: a dropped message leaves a gap. */
  readonly deviceCounter: number;
  /** Also in `rb.c`, after the counter: lower counts that will never be in the log, since the relay has refused them. Ascending, at most 256. */
  readonly givenUp: readonly number[];
  /** `rb.t`: milliseconds by the author's clock. Advisory: order and deadlines go by the relay's time. */
  readonly sentAt: number;
  /** `rb.u`. */
  readonly intent: Intention;
}

/** Content as somebody wants it to be said, before it has its salt and its details. */
export type Unsaid<Content> = Content extends Content ? Omit<Content, "salt" | "details"> : never;

const key = {
  sender: 1,
  room: 2,
  seen: "rb.s",
  counter: "rb.c",
  sentAt: "rb.t",
  intent: "rb.u",
} as const;
const intentions: readonly Intention[] = ["fyi", "action", "call", "critical"];
const maximumSize = 4_096;
const maximumDepth = 4;
const maximumKeySize = 255;
const maximumSignatureSize = 128;

/**
 * Details as MIMI extensions (MIMI content, "Extension Fields"), with who says it and where. Throws `invalid-argument`
 * where a detail is out of its range, and `too-large` where they are over 4 KiB.
 *
 * @param more - extensions of this kind of content alone
 */
export function writeDetails(
  details: Details,
  context: ContentContext,
  more: readonly (readonly [CborKey, CborValue])[] = [],
): CborValue {
  const code = "invalid-argument";
  const { deviceCounter, givenUp } = details;
  const counter = naturalFrom(1, deviceCounter, code);
  const extensions = new Map<CborKey, CborValue>([
    [key.sender, context.senderUri],
    [key.room, context.roomUri],
    [key.seen, writeSeen(details.seen)],
    [key.counter, [counter, ...ascendingBelow(counter, givenUp, code)]],
    [key.sentAt, naturalFrom(0, details.sentAt, code)],
    [key.intent, naturalFrom(0, intentions.indexOf(details.intent), code)],
    ...more,
  ]);
  // What others would refuse must not be sent.
  if (more.length > 0) checkExtensions(extensions, Number.POSITIVE_INFINITY);
  return extensions;
}

/**
 * The details among MIMI extensions, or `undefined` where the intention is one that this version does not know. Unknown
 * extensions are passed over. Throws `malformed` where a detail is missing or wrong or, given a `context`, where the
 * content names another sender or room; `too-large` over 4 KiB.
 *
 * @param documentSize - bytes of the document that the extensions are a part of
 */
export function readDetails(
  value: CborValue | undefined,
  documentSize: number,
  context: ContentContext | undefined,
): Details | undefined {
  const extensions = checkExtensions(value, documentSize);
  const [sender, room] = [extensions.get(key.sender), extensions.get(key.room)];
  if (typeof sender !== "string" || typeof room !== "string") throw broken("malformed");
  if (context !== undefined && (sender !== context.senderUri || room !== context.roomUri)) {
    throw new ReadbackError("malformed", "Content names another sender or conversation than it came from.");
  }
  const code = "malformed";
  const seen = readSeen(extensions.get(key.seen));
  const counter = extensions.get(key.counter);
  if (!Array.isArray(counter)) throw broken(code);
  const deviceCounter = naturalFrom(1, counter[0], code);
  const givenUp = ascendingBelow(deviceCounter, counter.slice(1), code);
  const sentAt = naturalFrom(0, extensions.get(key.sentAt), code);
  const intent = intentions[naturalFrom(0, extensions.get(key.intent), code)];
  return intent && { seen, deviceCounter, givenUp, sentAt, intent };
}

/** The encoded form of what was seen. Throws `invalid-argument`. */
export function writeSeen(seen: Seen): CborValue {
  const { seq, hash, signedAt, signature } = checkSeen(
    [seen.seq, seen.hash, seen.signedAt, seen.signature],
    "invalid-argument",
  );
  return [seq, hash, signedAt, signature];
}

/** What was seen, from its encoded form. Throws `malformed`. */
export function readSeen(value: CborValue | undefined): Seen {
  return checkSeen(arrayOf(value, 4), "malformed");
}

/** What was seen, as a head that the relay has signed or not. */
export function headSeen({ hash, ...seen }: Seen, conversation: Uint8Array): LogHead {
  return { conversation, entryHash: hash, ...seen };
}

/** A verified head, as what was seen. */
export function seenHead({ seq, entryHash, signedAt, signature }: LogHead): Seen {
  return { seq, hash: entryHash, signedAt, signature };
}

function checkSeen([seq, hash, signedAt, signature]: readonly CborValue[], code: FieldCode): Seen {
  if (!(signature instanceof Uint8Array) || signature.length > maximumSignatureSize) throw broken(code);
  return {
    seq: naturalFrom(1, seq, code),
    hash: bytesOf(identifierSize, hash, code),
    signedAt: naturalFrom(0, signedAt, code),
    signature,
  };
}

/** MIMI content, "Extension Fields" and "Depth restrictions". */
function checkExtensions(
  value: CborValue | undefined,
  documentSize: number,
): ReadonlyMap<CborKey, CborValue> {
  if (!(value instanceof Map) || cborDepth(value) > maximumDepth) throw broken("malformed");
  // A part is never larger than the whole: only long documents have to be measured.
  if (documentSize > maximumSize && encodeCbor(value).length > maximumSize) {
    throw new ReadbackError("too-large", "The extensions of a content are larger than 4 KiB.");
  }
  for (const name of value.keys()) {
    if (typeof name === "string" && (name === "" || utf8(name).length > maximumKeySize)) {
      throw broken("malformed");
    }
  }
  return value;
}
