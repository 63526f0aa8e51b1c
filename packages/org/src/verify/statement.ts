import { bytesToHex, concatBytes, equalBytes, utf8ToBytes } from "@noble/ciphers/utils.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { array, bytes, type Cbor, natural, readCbor } from "./cbor.ts";
import { u16 } from "./log.ts";
import { check } from "./refusal.ts";
import { Reader, text } from "./tls.ts";

/** A device of a person, for instance `phone` of `ada@mercy.example`. */
export interface DeviceName {
  readonly person: string;
  readonly device: string;
}

/** What an answer to a message says. */
export type AnswerType = (typeof answerTypes)[number];

const answerTypes = [
  "acknowledged",
  "seen",
  "accepted",
  "declined",
  "read back",
  "confirmed",
  "corrected",
  "escalated",
] as const;

/** What a device signed. */
export interface Statement {
  readonly type: "message" | "stored" | "displayed" | AnswerType;
  /** `null` where there is none, or no plain text. What was read back in fields comes before the words. */
  readonly text: string | null;
  /** How far the device had read the log. */
  readonly seen: { readonly seq: number; readonly hash: Uint8Array };
  /** Of a message: its id, the id of its first version, and the time on the device. */
  readonly id?: Uint8Array;
  readonly root?: Uint8Array;
  readonly sentAt?: number;
  /** Whether it is about the message with this id, at this place. */
  speaksOf(id: Uint8Array, seq: number): boolean;
}

/** Reads what a device signed (profile RB-1, "Content"), and refuses where it names another author or room. */
export function readStatement(framed: Uint8Array, { person, device }: DeviceName, room: string): Statement {
  const reader = new Reader(framed);
  const [mediaType, parameters, document] = [text(reader.vector()), reader.vector(), reader.vector()];
  reader.finish();
  const at = person.lastIndexOf("@");
  const path = [person.slice(0, at), device].map(encodeURIComponent).join("/");
  const names = [`mimi://${person.slice(at + 1)}/d/${path}`, room];
  const read = parameters.length === 0 ? readers.get(mediaType) : undefined;
  check(
    read !== undefined,
    "unsupported",
    "The file holds a content of a kind that this verifier does not know.",
  );
  return read(readCbor(document), names, document);
}

const readers = new Map<string, (value: Cbor, names: readonly string[], document: Uint8Array) => Statement>([
  ["application/mimi-content", readMessage],
  ["application/vnd.readback.status+cbor", readReceipt],
  ["application/vnd.readback.ack+cbor", readAnswer],
]);

/** MIMI content -08: salt, replaces, topic, expires, in reply to, extensions, part. */
function readMessage(value: Cbor, names: readonly string[], document: Uint8Array): Statement {
  const [salt, replaces, , , , extensions, part] = array(value, 7);
  // MIMI content, "Message ID": 1 for SHA-256, then 31 bytes of it, over who, where, what and the salt once more.
  const uris = names.map(utf8ToBytes).flatMap((uri) => [u16(uri.length), uri]);
  const digest = sha256(concatBytes(...uris, document, bytes(salt, 16)));
  const id = concatBytes(Uint8Array.of(1), digest.subarray(0, 31));
  const root = replaces === null ? id : bytes(replaces, 32);
  return {
    type: "message",
    id,
    root,
    text: textOf(part),
    ...readDetails(extensions, names),
    speaksOf: () => false,
  };
}

/** Level, the last entry it speaks of, what was seen, and entries that it does not speak of. */
function readReceipt(value: Cbor): Statement {
  const [level, last, seenUpTo, list] = array(value, 4);
  const [upTo, seen, exceptions] = [natural(last), readSeen(seenUpTo), array(list)];
  check((level === 1 || level === 2) && upTo <= seen.seq, "statement", "A receipt is not in its form.");
  const type = level === 1 ? "stored" : "displayed";
  return { type, text: null, seen, speaksOf: (_id, seq) => seq <= upTo && !exceptions.includes(seq) };
}

/** Salt, message id, its place, what is said, of what, text or null, extensions. */
function readAnswer(value: Cbor, names: readonly string[]): Statement {
  const [, of, place, act, object, words, extensions] = array(value, 7);
  const [target, ofSeq, { seen }] = [bytes(of, 32), natural(place), readDetails(extensions, names)];
  const isText = words === null || typeof words === "string";
  const type = answerTypes[natural(act)];
  check(isText && ofSeq <= seen.seq, "statement", "An answer is not in its form.");
  check(type !== undefined, "unsupported", "The file holds an answer that this verifier does not know.");
  const fields = type === "read back" ? array(object).map((field) => array(field, 3).join(" ").trim()) : [];
  const said = [...fields, ...(words === null ? [] : [words])];
  return {
    type,
    text: said.length === 0 ? null : said.join("; "),
    seen,
    speaksOf: (id, seq) => equalBytes(id, target) && seq === ofSeq,
  };
}

function readDetails(value: Cbor | undefined, [sender, room]: readonly string[]) {
  const isRight = value instanceof Map && value.get(1) === sender && value.get(2) === room;
  check(isRight, "statement", "A content names another author or conversation than it came from.");
  return { sentAt: natural(value.get("rb.t")), seen: readSeen(value.get("rb.s")) };
}

function readSeen(value: Cbor | undefined): Statement["seen"] {
  // A head as the relay signed it: number, hash, when, signature.
  const [seq, hash] = array(value, 4);
  return { seq: natural(seq), hash: bytes(hash, 32) };
}

/** A part to be shown as it is: disposition 1, no language, cardinality 1, media type, bytes. */
function textOf(part: Cbor | undefined): string | null {
  const [disposition, language, cardinality, mediaType = null, content] = array(part);
  const isShown = disposition === 1 && language === "" && cardinality === 1 && content instanceof Uint8Array;
  const isPlain = ["text/plain;charset=utf-8", "text/markdown;variant=GFM-MIMI"].includes(`${mediaType}`);
  return isShown && isPlain ? text(content) : null;
}

/** The URI of a conversation. */
export function roomUri(conversation: Uint8Array, relay: string): string {
  return `mimi://${encodeURIComponent(relay)}/r/${bytesToHex(conversation)}`;
}
