import { decode, encode, rfc8949EncodeOptions } from "cborg";
import { ReadbackError } from "../error.ts";
import { sameBytes } from "./bytes.ts";

/** What the profile of Readback has of CBOR (RFC 8949): no tags, no floating-point numbers, no indefinite lengths. */
export type Cbor =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | readonly Cbor[]
  | ReadonlyMap<number | string, Cbor>;

/** Arrays and maps inside one another at most. */
export const maximumCborDepth = 4;

const decodeOptions = {
  strict: true,
  useMaps: true,
  rejectDuplicateMapKeys: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowBigInt: false,
  allowNaN: false,
  allowInfinity: false,
};

/** The deterministic encoding (RFC 8949 §4.2.1): shortest forms, keys in the order of their bytes. */
export function encodeCbor(value: Cbor): Uint8Array {
  // A copy: the library may hand out a view on a larger buffer.
  return encode(value, rfc8949EncodeOptions).slice();
}

/**
 * Decodes the deterministic encoding and nothing else: a value has exactly one form, so equal bytes and equal values
 * are the same thing. Throws `malformed`. Depth and lengths are checked before anything is built.
 */
export function decodeCbor(bytes: Uint8Array): Cbor {
  checkStructure(bytes);
  let value: Cbor;
  try {
    value = decode(bytes, decodeOptions) as Cbor;
  } catch (cause) {
    throw new ReadbackError("malformed", "Bytes are not CBOR of the profile.", { cause });
  }
  if (!sameBytes(encodeCbor(value), bytes)) throw malformed();
  return value;
}

/** Walks over the items without recursion, so that hostile nesting costs neither stack nor memory. */
function checkStructure(bytes: Uint8Array): void {
  const open: number[] = [1];
  let at = 0;
  while (open.length > 0) {
    const left = open.pop() as number;
    if (left === 0) continue;
    open.push(left - 1);
    const initial = bytes[at++];
    if (initial === undefined) throw malformed();
    const major = initial >>> 5;
    const { value, size } = argument(bytes, at, initial & 0x1f);
    at += size;
    if (major === 2 || major === 3) at += value;
    else if (major === 4) open.push(value);
    else if (major === 5) open.push(2 * value);
    else if (major > 5 && (initial < 0xf4 || initial > 0xf6)) throw malformed();
    if (at > bytes.length || open.length > maximumCborDepth + 2) throw malformed();
  }
  if (at !== bytes.length) throw malformed();
}

/** The argument of an item and how many bytes it takes beyond the initial one (RFC 8949 §3). */
function argument(bytes: Uint8Array, at: number, information: number): { value: number; size: number } {
  if (information < 24) return { value: information, size: 0 };
  if (information > 27) throw malformed();
  const size = 1 << (information - 24);
  let value = 0;
  for (let i = 0; i < size; i++) value = value * 256 + (bytes[at + i] ?? 0);
  return { value, size };
}

function malformed(): ReadbackError {
  return new ReadbackError("malformed", "Bytes are not deterministic CBOR of the profile.");
}
