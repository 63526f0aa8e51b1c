import { bytesToHex, concatBytes, equalBytes, utf8ToBytes } from "@noble/ciphers/utils.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { array, bytes, type Cbor, natural, readCbor } from "./cbor.ts";
import { check } from "./refusal.ts";
import { Reader, text, u16 } from "./tls.ts";

/** A device of a person, for instance `phone` of `ada@mercy.example`. */
export interface DeviceName {
  readonly person: string;
  readonly device: string;
}

/** What an answer to a message says, by number. */
const acts = [
  ...(["acknowledged", "seen", "accepted", "declined"] as const),
  ...(["read back", "confirmed", "corrected", "escalated"] as const),
] as const;

/** What a device signed. */
export interface Statement {
  readonly type: "message" | "stored" | "displayed" | (typeof acts)[number];
  /** `null` where there is none, or no plain text. */
  readonly text: string | null;
  /** Name, value and unit of what is to be read back, or was. */
  readonly values: readonly (readonly string[])[];
  /** How far the device had read the log. */
  readonly seen: { readonly seq: number; readonly hash: Uint8Array };
  /** Its id, where it has one. */
  readonly id?: Uint8Array;
  /** Of a message: the id of its first version, the time on the device, and the relay's until when it is to be answered. */
  readonly root?: Uint8Array;
  readonly sentAt?: number;
  readonly deadline?: number | undefined;
  /** The id of the answer that is confirmed or corrected. */
  readonly judges?: Uint8Array | undefined;
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
  check(read !== undefined, "unsupported", "The file holds a content of an unknown kind.");
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
  const id = idOf(names, document, salt);
  const root = replaces === null ? id : bytes(replaces, 32);
  const { asks, ...details } = readDetails(extensions, names);
  const values = asks === undefined ? [] : valuesOf(array(asks, 5)[3]);
  return { type: "message", id, root, text: textOf(part), values, ...details, speaksOf: () => false };
}

/** Level, the last entry it speaks of, what was seen, and entries that it does not speak of. */
function readReceipt(value: Cbor): Statement {
  const [level, last, seenUpTo, list] = array(value, 4);
  const [upTo, seen, exceptions] = [natural(last), readSeen(seenUpTo), array(list)];
  check((level === 1 || level === 2) && upTo <= seen.seq, "statement", "A receipt is not in its form.");
  const type = level === 1 ? "stored" : "displayed";
  return {
    type,
    text: null,
    values: [],
    seen,
    speaksOf: (_id, seq) => seq <= upTo && !exceptions.includes(seq),
  };
}

/** Salt, message id, its place, what is said, of what, text or null, extensions. */
function readAnswer(value: Cbor, names: readonly string[], document: Uint8Array): Statement {
  const [salt, of, place, act, object, words, extensions] = array(value, 7);
  const [target, ofSeq, { seen }] = [bytes(of, 32), natural(place), readDetails(extensions, names)];
  const isText = words === null || typeof words === "string";
  check(isText && ofSeq <= seen.seq, "statement", "An answer is not in its form.");
  const type = acts[natural(act)];
  check(type !== undefined, "unsupported", "The file holds an answer of an unknown kind.");
  const values = type === "read back" ? valuesOf(object) : [];
  const judges = type === "confirmed" || type === "corrected" ? bytes(object, 32) : undefined;
  const speaksOf = (id: Uint8Array, seq: number) => seq === ofSeq && equalBytes(id, target);
  return { type, id: idOf(names, document, salt), text: words, values, judges, seen, speaksOf };
}

/** MIMI content, "Message ID": 1 for SHA-256, then 31 bytes of it, over who, where, what and the salt once more. */
function idOf(names: readonly string[], document: Uint8Array, salt: Cbor | undefined): Uint8Array {
  const uris = names.map(utf8ToBytes).flatMap((uri) => [u16(uri.length), uri]);
  const digest = sha256(concatBytes(...uris, document, bytes(salt, 16)));
  return concatBytes(Uint8Array.of(1), digest.subarray(0, 31));
}

function valuesOf(list: Cbor | undefined): string[][] {
  return array(list).map((item) => array(item, 3).map(String));
}

function readDetails(value: Cbor | undefined, [sender, room]: readonly string[]) {
  const isRight = value instanceof Map && value.get(1) === sender && value.get(2) === room;
  check(isRight, "statement", "A content names another author or conversation than it came from.");
  const [sentAt, seen, asks, until] = ["rb.t", "rb.s", "rb.r", "rb.d"].map((key): Cbor | undefined =>
    value.get(key),
  );
  const deadline = until === undefined ? undefined : natural(until);
  return { sentAt: natural(sentAt), seen: readSeen(seen), asks, deadline };
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
