import { createCipheriv, createDecipheriv, createHash } from "node:crypto";
import { concat } from "../../core/src/codec/bytes.ts";
import { type CborValue, decodeCbor, encodeCbor } from "../../core/src/codec/cbor.ts";
import { decode } from "../../core/src/codec/reader.ts";
import { encode, type Writer } from "../../core/src/codec/writer.ts";

/** One row of a part: rows in rows are rows too. */
export type Row = CborValue[];

/** The parts of an evidence file, to be changed at will. */
export interface Parts {
  about: Uint8Array;
  format: string;
  /** GroupContext and tree. */
  groups: Row[];
  /** Place, leaf, key, nonce, entry. */
  items: Row[];
  /** First place, hash before it, entries, time of the head, signature. */
  log: Row;
}

/** The parts of a file. */
export function partsOf(file: Uint8Array): Parts {
  const document = decodeCbor(file, { size: 1e8, depth: 40 }) as ReadonlyMap<string, CborValue>;
  return Object.fromEntries(document) as unknown as Parts;
}

/** Opens an item in suite 2 with the key beside it, and seals what `change` makes of it; the log has it at its place. */
export function reseal(parts: Parts, index: number, change: (plaintext: Uint8Array) => Uint8Array): void {
  const item = parts.items[index] as Row;
  const [seq, , key, nonce, payload] = item as [number, number, Uint8Array, Uint8Array, Uint8Array];
  const { message, sealed, bound } = decode((reader) => {
    reader.raw(4);
    const place = { group: reader.bytes(), epoch: reader.u64(), type: reader.u8(), data: reader.bytes() };
    const senderData = reader.bytes();
    const bound = encode((writer: Writer) => {
      writer.bytes(place.group).u64(place.epoch).u8(place.type).bytes(place.data);
    }, undefined);
    return {
      message: concat(payload.subarray(0, 4), bound, framed(senderData)),
      sealed: reader.bytes(),
      bound,
    };
  }, payload);
  const opening = createDecipheriv("aes-128-gcm", key, nonce).setAAD(bound).setAuthTag(sealed.subarray(-16));
  const plaintext = concat(opening.update(sealed.subarray(0, -16)), opening.final());
  const sealing = createCipheriv("aes-128-gcm", key, nonce).setAAD(bound);
  const again = concat(sealing.update(change(plaintext)), sealing.final(), sealing.getAuthTag());
  const made = concat(message, framed(again));
  item[4] = made;
  const rows = parts.log[2] as Row[];
  const row = rows[seq - (parts.log[0] as number)] as Row;
  row[3] = new Uint8Array(createHash("sha256").update(made).digest());
}

function framed(bytes: Uint8Array): Uint8Array {
  return encode((writer: Writer) => writer.bytes(bytes), undefined);
}

/** A file of these parts, in its form. */
export function fileOf(parts: Parts): Uint8Array {
  return encodeCbor(new Map(Object.entries(parts) as [string, CborValue][]));
}
