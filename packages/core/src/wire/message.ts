import { decode, type Reader } from "../codec/reader.ts";
import { Writer } from "../codec/writer.ts";
import { ReadbackError } from "../error.ts";
import { type Answer, readAnswer, writeAnswer } from "./answer.ts";
import {
  identifierSize,
  type LogEntry,
  type LogHead,
  readLogEntry,
  readLogHead,
  writeLogEntry,
  writeLogHead,
} from "./entry.ts";
import { type Challenge, type Login, readChallenge, readLogin, writeChallenge, writeLogin } from "./login.ts";
import { readName, writeName } from "./name.ts";
import { type Request, readRequest, writeRequest } from "./request.ts";

/** What a client sends: one login, then requests. `id` is the client's, unique on the connection; the login's answer has id 0. */
export type ClientMessage =
  | { readonly type: "login"; readonly login: Login }
  | { readonly type: "request"; readonly id: number; readonly request: Request };

/** Something for one device that is not part of a log it reads yet. */
export type InboxItem =
  /** A Welcome to a conversation whose log has the commit at `seq`. */
  | {
      readonly type: "welcome";
      readonly conversation: Uint8Array;
      readonly seq: number;
      readonly welcome: Uint8Array;
    }
  /** The person has another device now: its full name. */
  | { readonly type: "device"; readonly device: string };

/** What a relay sends. `entry`, `inbox` and `claimed` come by themselves after a subscription. */
export type RelayMessage =
  | { readonly type: "challenge"; readonly challenge: Challenge }
  | { readonly type: "answer"; readonly id: number; readonly answer: Answer }
  /** The newest entry of a log; its payload is left out where the receiving device submitted it. */
  | { readonly type: "entry"; readonly entry: LogEntry; readonly head: LogHead }
  /** One item; indexes ascend. `after` is the index of the one before it, or where the device said that it has come. */
  | { readonly type: "inbox"; readonly after: number; readonly index: number; readonly item: InboxItem }
  /** Somebody has taken a key package of the device, of this suite. */
  | { readonly type: "claimed"; readonly suite: number }
  /** The relay is about to close the connection; dial again later. */
  | { readonly type: "goodbye" };

/** Most messages fit: growing costs more than a few bytes that stay empty. */
const capacityOfMessage = 2_048;

const clientTypes = ["login", "request"] as const;
const relayTypes = ["challenge", "answer", "entry", "inbox", "goodbye", "claimed"] as const;
const inboxTypes = ["welcome", "device"] as const;

/** The bytes of a client's message. */
export function encodeClientMessage(message: ClientMessage): Uint8Array {
  const writer = new Writer(capacityOfMessage);
  writer.u8(clientTypes.indexOf(message.type));
  if (message.type === "login") writeLogin(writer, message.login);
  else writeRequest(writer.u32(message.id), message.request);
  return writer.finish();
}

/** A client's message from its bytes. Throws `malformed` or `too-large`. */
export function decodeClientMessage(bytes: Uint8Array): ClientMessage {
  return decode((reader: Reader): ClientMessage => {
    const type = clientTypes[reader.u8()];
    if (type === "login") return { type, login: readLogin(reader) };
    if (type === "request") return { type, id: reader.u32(), request: readRequest(reader) };
    throw new ReadbackError("malformed", "A client message is of an unknown type.");
  }, bytes);
}

/** The bytes of a relay's message. */
export function encodeRelayMessage(message: RelayMessage): Uint8Array {
  const writer = new Writer(capacityOfMessage);
  writer.u8(relayTypes.indexOf(message.type));
  if (message.type === "challenge") writeChallenge(writer, message.challenge);
  else if (message.type === "answer") writeAnswer(writer.u32(message.id), message.answer);
  else if (message.type === "entry") {
    writeLogEntry(writer, message.entry);
    writeLogHead(writer, message.head);
  } else if (message.type === "inbox")
    writeInboxItem(writer.safe(message.after).safe(message.index), message.item);
  else if (message.type === "claimed") writer.u16(message.suite);
  return writer.finish();
}

/** A relay's message from its bytes. Throws `malformed` or `too-large`. */
export function decodeRelayMessage(bytes: Uint8Array): RelayMessage {
  return decode((reader: Reader): RelayMessage => {
    const type = relayTypes[reader.u8()];
    switch (type) {
      case "challenge":
        return { type, challenge: readChallenge(reader) };
      case "answer":
        return { type, id: reader.u32(), answer: readAnswer(reader) };
      case "entry":
        return { type, entry: readLogEntry(reader), head: readLogHead(reader) };
      case "inbox":
        return { type, after: reader.safe(), index: reader.safe(), item: readInboxItem(reader) };
      case "claimed":
        return { type, suite: reader.u16() };
      case "goodbye":
        return { type };
      default:
        throw new ReadbackError("malformed", "A relay message is of an unknown type.");
    }
  }, bytes);
}

/** Encodes an inbox item. */
export function writeInboxItem(writer: Writer, item: InboxItem): void {
  writer.u8(inboxTypes.indexOf(item.type));
  if (item.type === "welcome") writer.raw(item.conversation).safe(item.seq).bytes(item.welcome);
  else writeName(writer, item.device);
}

/** Decodes an inbox item. Throws `malformed` or `too-large`. */
export function readInboxItem(reader: Reader): InboxItem {
  const type = inboxTypes[reader.u8()];
  if (type === "welcome") {
    return { type, conversation: reader.raw(identifierSize), seq: reader.safe(), welcome: reader.bytes() };
  }
  if (type === "device") return { type, device: readName(reader) };
  throw new ReadbackError("malformed", "An inbox item is of an unknown type.");
}
