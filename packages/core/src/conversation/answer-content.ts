import { type CborValue, decodeCbor, encodeCbor } from "../codec/cbor.ts";
import { utf8 } from "../codec/utf8.ts";
import { type Details, readDetails, writeDetails } from "./content-details.ts";
import {
  arrayOf,
  broken,
  bytesOf,
  decodeText,
  encodeText,
  type FieldCode,
  messageIdOf,
  naturalFrom,
} from "./content-field.ts";
import { type CriticalValue, readValues, writeValues } from "./critical-value.ts";
import { maximumContentSize } from "./media-framing.ts";
import { type ContentContext, type MessageId, saltSize } from "./message-id.ts";

/**
 * What an answer says. Of a message, by a person who was asked or takes note by themselves: `acknowledge`, `accept`,
 * `decline`, `read-back`. Of an answer, by who asked: `confirm`, `correct`. Of an escalation, by whichever device came
 * first: `escalate`. `seen` is the only one besides `escalate` that software may say for a person.
 */
export type Act =
  | { readonly act: "seen" | "acknowledge" | "accept" | "decline" }
  | { readonly act: "read-back"; readonly values: readonly CriticalValue[] }
  /** `answer`: the id of the answer that it judges. */
  | { readonly act: "confirm"; readonly answer: MessageId }
  | { readonly act: "correct"; readonly answer: MessageId }
  /** `step`: which one is due, from 0. */
  | { readonly act: "escalate"; readonly step: number };

/** An answer to a message. */
export type AnswerContent = {
  readonly type: "answer";
  /** The message; an id is one version of it. */
  readonly of: MessageId;
  /** Its place in the log. */
  readonly ofSeq: number;
  /** In words: 1 to 16,384 bytes in UTF-8. */
  readonly text?: string;
  /** 16 random bytes. */
  readonly salt: Uint8Array;
  readonly details: Details;
} & Act;

/** The media type of an answer (profile RB-1). */
export const answerType = "application/vnd.readback.ack+cbor";

const acts = [
  "acknowledge",
  "seen",
  "accept",
  "decline",
  "read-back",
  "confirm",
  "correct",
  "escalate",
] as const;

/** The array, its extensions map, and up to three levels in that. */
const maximumDepth = 5;

/**
 * Encodes an answer: salt, message id, seq, act, what the act is about or null, text or null, extensions. Throws
 * `empty-text`, `text-too-long`, `invalid-argument`.
 */
export function encodeAnswer(content: AnswerContent, context: ContentContext): Uint8Array {
  const code = "invalid-argument";
  const { text } = content;
  // The check is on the bytes, the text itself goes out as CBOR text.
  if (text !== undefined) encodeText(text);
  const number = naturalFrom(0, acts.indexOf(content.act), code);
  const object = writeObject(content);
  readObject(content.act, object, code);
  return encodeCbor([
    bytesOf(saltSize, content.salt, code),
    messageIdOf(content.of, code),
    checkSeq(naturalFrom(1, content.ofSeq, code), content.details, code),
    number,
    object,
    text ?? null,
    writeDetails(content.details, context),
  ]);
}

/**
 * Decodes an answer. `undefined` where it has an act or an intention that this version does not know. Throws `malformed`
 * and `too-large`; see {@link readDetails} for `context`.
 */
export function decodeAnswer(
  bytes: Uint8Array,
  context: ContentContext | undefined,
): AnswerContent | undefined {
  const document = decodeCbor(bytes, { size: maximumContentSize, depth: maximumDepth });
  const [salt, of, ofSeq, number, object, text, extensions] = arrayOf(document, 7);
  const code = "malformed";
  if (text !== null && typeof text !== "string") throw broken(code);
  const words = text === null ? {} : { text: decodeText(utf8(text)) };
  const reference = { of: messageIdOf(of, code), ofSeq: naturalFrom(1, ofSeq, code) };
  const checkedSalt = bytesOf(saltSize, salt, code);
  const act = acts[naturalFrom(0, number, code)];
  const details = readDetails(extensions, bytes.length, context);
  if (details === undefined || act === undefined) return undefined;
  checkSeq(reference.ofSeq, details, code);
  const what = readObject(act, object, code);
  return { type: "answer", ...what, ...reference, ...words, salt: checkedSalt, details };
}

function writeObject(content: Act): CborValue {
  switch (content.act) {
    case "read-back":
      return writeValues(content.values);
    case "confirm":
    case "correct":
      return content.answer;
    case "escalate":
      return content.step;
    default:
      return null;
  }
}

function readObject(act: Act["act"], object: CborValue | undefined, code: FieldCode): Act {
  switch (act) {
    case "read-back":
      return { act, values: readValues(object, code) };
    case "confirm":
    case "correct":
      return { act, answer: messageIdOf(object, code) };
    case "escalate":
      return { act, step: naturalFrom(0, object, code) };
    default:
      if (object !== null) throw broken(code);
      return { act };
  }
}

/** Nobody can answer what they have not seen. */
function checkSeq(ofSeq: number, { seen }: Details, code: FieldCode): number {
  if (ofSeq > seen.seq) throw broken(code);
  return ofSeq;
}
