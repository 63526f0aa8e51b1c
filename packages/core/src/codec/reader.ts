import { ReadbackError } from "../error.ts";

/**
 * Reads what {@link Writer} writes and refuses everything else with code `malformed`: truncated or trailing bytes,
 * headers that are not in their shortest form, presence bytes other than 0 and 1. A length is checked against the
 * bytes at hand before anything is allocated, so hostile input costs no more memory than it brings.
 */
export class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #end: number;

  /** @param bytes - read in place, never changed; what is returned are copies, but where `view` is asked for */
  constructor(bytes: Uint8Array) {
    // A Node `Buffer` would hand out views where copies are promised. Everything else is taken as it is: to ask a short
    // array for its buffer costs more than to read what is in it.
    const isPlain = bytes.constructor === Uint8Array;
    this.#bytes = isPlain ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#end = bytes.length;
  }

  /** Bytes read so far, as an offset into the input. */
  get offset(): number {
    return this.#at;
  }

  /** True when the input, or the vector being read, is used up. */
  get done(): boolean {
    return this.#at === this.#end;
  }

  /** An unsigned integer of one byte. */
  u8(): number {
    return this.#byte(this.#take(1));
  }

  /** An unsigned integer of two bytes. */
  u16(): number {
    const at = this.#take(2);
    return (this.#byte(at) << 8) | this.#byte(at + 1);
  }

  /** An unsigned integer of four bytes. */
  u32(): number {
    const at = this.#take(4);
    const high = (this.#byte(at) << 8) | this.#byte(at + 1);
    return high * 0x10000 + ((this.#byte(at + 2) << 8) | this.#byte(at + 3));
  }

  /** An unsigned integer of eight bytes. */
  u64(): bigint {
    const high = BigInt(this.u32());
    return (high << 32n) | BigInt(this.u32());
  }

  /** An integer of eight bytes that must be a safe one: times in milliseconds, sequence numbers. */
  safe(): number {
    const value = this.u32() * 0x100000000 + this.u32();
    if (!Number.isSafeInteger(value)) throw malformed("An integer is over 2^53 - 1.");
    return value;
  }

  /**
   * The next `length` bytes, without a header.
   * @param as - `view`: no copy, but a part of the input itself. For what is long and used up at once: it changes with
   *   the input and keeps all of it in memory, and a copy of over 64 bytes costs Node a microsecond.
   */
  raw(length: number, as: "copy" | "view" = "copy"): Uint8Array {
    const at = this.#take(length);
    return as === "view" ? this.#bytes.subarray(at, at + length) : this.#bytes.slice(at, at + length);
  }

  /** A vector of bytes, at most `maximum` long; over that the code is `too-large`. @param as - see {@link Reader.raw} */
  bytes(maximum?: number, as?: "copy" | "view"): Uint8Array {
    return this.raw(this.#header(maximum), as);
  }

  /** A vector whose content `read` consumes entirely. */
  vector<T>(read: (reader: this) => T, maximum?: number): T {
    const length = this.#header(maximum);
    if (length > this.#end - this.#at) throw malformed("A vector is longer than the bytes left.");
    const outer = this.#end;
    this.#end = this.#at + length;
    const value = read(this);
    this.finish();
    this.#end = outer;
    return value;
  }

  /** A vector of items, each read by `read`, at most `maximum` of them; over that the code is `too-large`. */
  list<T>(read: (reader: this) => T, maximum = Number.POSITIVE_INFINITY): T[] {
    return this.vector((reader) => {
      const items: T[] = [];
      while (!reader.done) {
        if (items.length >= maximum)
          throw new ReadbackError("too-large", "A list has more items than allowed.");
        const before = this.#at;
        items.push(read(reader));
        if (this.#at === before) throw malformed("An item of a list has no bytes.");
      }
      return items;
    });
  }

  /** `optional<T>`: a presence byte, then the value if there is one (RFC 9420 §2.1.1). */
  optional<T>(read: (reader: this) => T): T | undefined {
    const present = this.u8();
    if (present > 1) throw malformed("A presence byte is neither 0 nor 1.");
    return present === 1 ? read(this) : undefined;
  }

  /** A copy of what was read since {@link Reader.offset} was `offset`: the original form of a struct just decoded. */
  since(offset: number): Uint8Array {
    return this.#bytes.slice(offset, this.#at);
  }

  /** Throws unless the input, or the vector being read, is used up. */
  finish(): void {
    if (this.#at !== this.#end) throw malformed("There are bytes after the end.");
  }

  #header(maximum = Number.POSITIVE_INFINITY): number {
    const first = this.u8();
    const prefix = first >>> 6;
    if (prefix === 3) throw malformed("A vector header has the invalid prefix 3.");
    let length = first & 0x3f;
    for (let more = (1 << prefix) - 1; more > 0; more--) length = length * 0x100 + this.u8();
    if ((prefix === 1 && length < 0x40) || (prefix === 2 && length < 0x4000)) {
      throw malformed("A vector header is not in its shortest form.");
    }
    if (length > maximum) throw new ReadbackError("too-large", "A vector is longer than allowed.");
    return length;
  }

  #take(length: number): number {
    if (length > this.#end - this.#at) throw malformed("The bytes end too early.");
    const at = this.#at;
    this.#at += length;
    return at;
  }

  #byte(at: number): number {
    // In range: #take has checked it.
    return this.#bytes[at] as number;
  }
}

/** Reads one struct that must fill `bytes` exactly: the usual way to decode. */
export function decode<T>(read: (reader: Reader) => T, bytes: Uint8Array): T {
  const reader = new Reader(bytes);
  const value = read(reader);
  reader.finish();
  return value;
}

function malformed(message: string): ReadbackError {
  return new ReadbackError("malformed", message);
}
