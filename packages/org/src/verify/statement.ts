import { concatBytes, equalBytes, utf8ToBytes } from "@noble/ciphers/utils.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { answerTypes, type DeviceName, type Said } from "../verdict.ts";
import { array, bytes, type Cbor, natural, readCbor } from "./cbor.ts";
import { check } from "./refusal.ts";
import { Reader, text, u16 } from "./tls.ts";

/** What a device signed, and what of it has to fit the rest of the file. */
export interface Statement {
  readonly said: Said;
  /** How far the device had read the log. */
  readonly seen: { readonly seq: number; readonly hash: Uint8Array };
  /** Of a message: its id, and that of its first version. */
  readonly version?: { readonly id: Uint8Array; readonly root: Uint8Array };
  /** Of an answer: its id, and that of another answer which it confirms or corrects. */
  readonly answerId?: Uint8Array;
  readonly judges?: Uint8Array | undefined;
  /** Whether it is about the message with this id, at this place. */
  readonly speaksOf: (id: Uint8Array, seq: number) => boolean;
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
  const [salt, replaces, , , , details, part] = array(value, 7);
  const extensions = readDetails(details, names);
  const [asks, until, why] = ["rb.r", "rb.d", "rb.w"].map((name) => extensions.get(name));
  const values = asks === undefined ? [] : valuesOf(array(asks, 5)[3]);
  const deadline = until === undefined ? undefined : natural(until);
  const sentAt = natural(extensions.get("rb.t"));
  const id = idOf(names, document, salt);
  const root = replaces === null ? id : bytes(replaces, 32);
  // An edit names the first version; without a body it is a recall, perhaps with a reason.
  const type = replaces === null ? "message" : array(part)[2] === 0 ? "recalled" : "edited";
  const text = type === "recalled" && typeof why === "string" ? why : textOf(part);
  const said: Said = { type, text, values, sentAt, deadline };
  return { said, version: { id, root }, seen: readSeen(extensions.get("rb.s")), speaksOf: () => false };
}

/** Level, the last entry it speaks of, what was seen, and entries that it does not speak of. */
function readReceipt(value: Cbor): Statement {
  const [level, last, seenUpTo, list] = array(value, 4);
  const [upTo, seen, exceptions] = [natural(last), readSeen(seenUpTo), array(list)];
  check((level === 1 || level === 2) && upTo <= seen.seq, "statement", "A receipt is not in its form.");
  const said: Said = { type: level === 1 ? "stored" : "displayed", text: null, values: [] };
  return { said, seen, speaksOf: (_id, seq) => seq <= upTo && !exceptions.includes(seq) };
}

/** Salt, message id, its place, what is said, of what, text or null, extensions. */
function readAnswer(value: Cbor, names: readonly string[], document: Uint8Array): Statement {
  const [salt, of, place, act, object, words, details] = array(value, 7);
  const [target, ofSeq] = [bytes(of, 32), natural(place)];
  const seen = readSeen(readDetails(details, names).get("rb.s"));
  const isText = words === null || typeof words === "string";
  check(isText && ofSeq <= seen.seq, "statement", "An answer is not in its form.");
  const type = answerTypes[natural(act)];
  check(type !== undefined, "unsupported", "The file holds an answer of an unknown kind.");
  const said: Said = { type, text: words, values: type === "read back" ? valuesOf(object) : [] };
  const judges = type === "confirmed" || type === "corrected" ? bytes(object, 32) : undefined;
  const speaksOf = (id: Uint8Array, seq: number) => seq === ofSeq && equalBytes(id, target);
  return { said, answerId: idOf(names, document, salt), judges, seen, speaksOf };
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

/** What goes with all that a person says: first of all who says it, and where. */
function readDetails(value: Cbor | undefined, [sender, room]: readonly string[]): ReadonlyMap<Cbor, Cbor> {
  const isRight = value instanceof Map && value.get(1) === sender && value.get(2) === room;
  check(isRight, "statement", "A content names another author or conversation than it came from.");
  return value;
}

/** A head as the relay signed it: number, hash, when, signature. */
function readSeen(value: Cbor | undefined): Statement["seen"] {
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
