import { type CborValue, decodeCbor, encodeCbor } from "../../core/src/codec/cbor.ts";

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

/** A file of these parts, in its form. */
export function fileOf(parts: Parts): Uint8Array {
  return encodeCbor(new Map(Object.entries(parts) as [string, CborValue][]));
}
