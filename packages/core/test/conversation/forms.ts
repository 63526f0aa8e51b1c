import { type CborKey, type CborValue, encodeCbor } from "../../src/codec/cbor.ts";
import { utf8 } from "../../src/codec/utf8.ts";
import { encode, type Writer } from "../../src/codec/writer.ts";
import { encodeFraming } from "../../src/conversation/media-framing.ts";
import { context, id, salt } from "./kit.ts";

// The forms of profile RB-1 written out by hand, so that the codec is held against something that is not itself.

export const mimi = "application/mimi-content";
export const ack = "application/vnd.readback.ack+cbor";
export const status = "application/vnd.readback.status+cbor";
export const none = new Uint8Array();
export const hash = new Uint8Array(32).fill(7);
/** A head that was seen. */
export const seen = (seq: number): CborValue => [seq, hash, 1_764_000_000_000, new Uint8Array(72)];

export const extensions = (changes: readonly [CborKey, CborValue | undefined][] = []): CborValue => {
  const map = new Map<CborKey, CborValue>([
    [1, context.senderUri],
    [2, context.roomUri],
    ["rb.s", seen(7)],
    ["rb.c", [3, 1]],
    ["rb.t", 1_764_000_000_000],
    ["rb.u", 3],
  ]);
  for (const [name, value] of changes) {
    if (value === undefined) map.delete(name);
    else map.set(name, value);
  }
  return map;
};
export const part = (...changes: CborValue[]): CborValue[] => {
  const whole: CborValue[] = [1, "", 1, "text/plain;charset=utf-8", utf8("Potassium 6.8")];
  return whole.map((value, i) => (changes[i] === undefined ? value : (changes[i] as CborValue)));
};

/** MIMI content with some of its seven fields replaced. */
export const mimiWith = (fields: { readonly [index: number]: CborValue }): Uint8Array => {
  const whole: CborValue[] = [salt, null, none, null, null, extensions(), part()];
  return encodeFraming(
    mimi,
    encodeCbor(whole.map((value, i) => (i in fields ? (fields[i] as CborValue) : value))),
  );
};
export const ackWith = (fields: { readonly [index: number]: CborValue }): Uint8Array => {
  const whole: CborValue[] = [salt, id, 7, 0, null, "6.8", extensions()];
  return encodeFraming(
    ack,
    encodeCbor(whole.map((value, i) => (i in fields ? (fields[i] as CborValue) : value))),
  );
};
export const statusWith = (fields: { readonly [index: number]: CborValue }): Uint8Array => {
  const whole: CborValue[] = [1, 7, seen(9), [2, 3]];
  return encodeFraming(
    status,
    encodeCbor(whole.map((value, i) => (i in fields ? (fields[i] as CborValue) : value))),
  );
};

/** A text with what it asks for. */
export const askingWith = (request: CborValue, deadline?: CborValue): Uint8Array =>
  mimiWith({
    5: extensions([
      ["rb.r", request],
      ["rb.d", deadline],
    ]),
  });
export const faultWith = (faults: CborValue): Uint8Array =>
  encodeFraming("application/vnd.readback.fault+cbor", encodeCbor([seen(9), faults]));
export const againWith = (fields: { readonly [index: number]: CborValue }): Uint8Array => {
  const whole: CborValue[] = [seen(9), 7, salt, salt, [salt, salt, salt, 300, salt]];
  return encodeFraming(
    "application/vnd.readback.again+cbor",
    encodeCbor(whole.map((value, i) => (i in fields ? (fields[i] as CborValue) : value))),
  );
};

/** An empty document of a media type with these parameters. */
export function framingWith(parameters: readonly (readonly string[])[]): Uint8Array {
  return encode((writer: Writer) => {
    writer.bytes(utf8("application/x"));
    writer.list(parameters, (w, [name = "", value = ""]) => w.bytes(utf8(name)).bytes(utf8(value)));
    writer.bytes(none);
  }, undefined);
}
