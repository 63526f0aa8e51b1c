import { decode, encode, rfc8949EncodeOptions, type Token, Tokenizer, Type } from "cborg";
import { ReadbackError } from "../error.ts";
import { sameBytes } from "./bytes.ts";
import { fromUtf8, utf8 } from "./utf8.ts";

/** A key of a map: a safe integer or a text. */
export type CborKey = number | string;

/** Everything that the profile knows: no floats, no tags, no `undefined`, and no integer beyond 2^53 - 1 either way. */
export type CborValue =
  | number
  | string
  | boolean
  | null
  | Uint8Array
  | readonly CborValue[]
  | ReadonlyMap<CborKey, CborValue>;

/** What one document may cost its reader. */
export interface CborLimits {
  /** Bytes of the whole document at most. */
  readonly size: number;
  /** Levels of arrays and maps at most, one inside the other; the outermost is the first. */
  readonly depth: number;
}

/**
 * The one deterministic encoding of a value (RFC 8949 §4.2.1): shortest forms, definite lengths, keys in the order of
 * their bytes. Throws `invalid-argument` on a number that is no safe integer and on a text that is not Unicode.
 */
export function encodeCbor(value: CborValue): Uint8Array {
  // A copy, since the encoder may hand out a part of a larger buffer or, on Node, a subclass.
  return new Uint8Array(encode(value, { ...rfc8949EncodeOptions, typeEncoders: { number, string } }));
}

/**
 * The value of a document, which must be in its one deterministic encoding and fill `bytes` exactly. Throws `too-large`
 * over the size limit, before anything is read, and `malformed` on everything else: depth over the limit, tags, floats,
 * keys that are neither integers nor texts, keys that are there twice, anything that {@link encodeCbor} writes otherwise.
 */
export function decodeCbor(bytes: Uint8Array, limits: CborLimits): CborValue {
  if (bytes.length > limits.size)
    throw new ReadbackError("too-large", "A CBOR document is larger than allowed.");
  const value = decodeStrictly(bytes, limits.depth);
  // Whatever the rules above let through, only the one right form comes out of the encoder again.
  if (!sameBytes(encodeCbor(value), bytes)) throw malformed();
  return value;
}

/** Levels of arrays and maps in a value: 0 where it is neither, 1 where nothing in it is one. */
export function cborDepth(value: CborValue): number {
  if (value === null || typeof value !== "object" || value instanceof Uint8Array) return 0;
  let deepest = 0;
  for (const item of value.values()) deepest = Math.max(deepest, cborDepth(item));
  return deepest + 1;
}

function decodeStrictly(bytes: Uint8Array, depth: number): CborValue {
  const options = {
    strict: true,
    allowIndefinite: false,
    allowUndefined: false,
    allowBigInt: false,
    useMaps: true,
    rejectDuplicateMapKeys: true,
    retainStringBytes: true,
  };
  try {
    return decode(bytes, { ...options, tokenizer: new ProfileTokenizer(bytes, options, depth) }) as CborValue;
  } catch {
    // The cause may quote what it found, and errors carry no content.
    throw malformed();
  }
}

/** An array or map that is being read. */
interface OpenContainer {
  readonly isMap: boolean;
  /** Items still to come; a map has two for each entry. */
  missing: number;
}

/** Hands tokens on as long as they are of the profile, so that the decoder never recurses deeper than allowed. */
class ProfileTokenizer extends Tokenizer {
  readonly #depth: number;
  readonly #open: OpenContainer[] = [];

  constructor(bytes: Uint8Array, options: object, depth: number) {
    super(bytes, options);
    this.#depth = depth;
  }

  override next(): Token {
    const token = super.next();
    const { type } = token;
    if (type === Type.float || type === Type.tag) throw malformed();
    if (isInteger(type) && !Number.isSafeInteger(token.value)) throw malformed();
    // The decoder's own way to read a text repairs bad UTF-8 and drops a byte order mark.
    if (type === Type.string) token.value = fromUtf8(token.byteValue ?? new Uint8Array());
    this.#place(token);
    return token;
  }

  /** Counts an item into the container it is part of, and opens the one it is. */
  #place({ type, value }: Token): void {
    const parent = this.#open.at(-1);
    if (parent !== undefined) {
      const isKey = parent.isMap && parent.missing % 2 === 0;
      if (isKey && !isInteger(type) && type !== Type.string) throw malformed();
      parent.missing--;
    }
    const isMap = type === Type.map;
    if (isMap || type === Type.array) {
      this.#open.push({ isMap, missing: isMap ? value * 2 : value });
      if (this.#open.length > this.#depth) throw malformed();
    }
    while (this.#open.at(-1)?.missing === 0) this.#open.pop();
  }
}

function isInteger(type: Type): boolean {
  return type === Type.uint || type === Type.negint;
}

function number(value: number): null {
  if (!Number.isSafeInteger(value))
    throw new ReadbackError("invalid-argument", "A number is no safe integer.");
  return null;
}

function string(value: string): null {
  utf8(value);
  return null;
}

function malformed(): ReadbackError {
  return new ReadbackError("malformed", "Bytes are not CBOR in its deterministic form.");
}
