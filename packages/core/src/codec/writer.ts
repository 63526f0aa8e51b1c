import { ReadbackError } from "../error.ts";

/** The largest length a vector can have: a four-byte header holds 30 bits (RFC 9420 §2.1.2). */
export const maximumVectorLength = 0x3fffffff;

// Allocating a buffer costs more than most structs take to write. A writer that is finished leaves its own, all zeros
// again, to those that come; there are several since a struct may be encoded while another one is being written.
const spareSize = 4_096;
const mostSpares = 4;
const spares: Uint8Array[] = [];
const none = new Uint8Array(0);

/**
 * Writes the TLS presentation language as RFC 9420 §2.1 uses it: big-endian integers, and vectors with
 * a variable-length header in its shortest form.
 */
export class Writer {
  #bytes: Uint8Array;
  #length = 0;

  /** @param capacity - bytes to reserve at first; grows by itself */
  constructor(capacity = 256) {
    const spare = capacity > spareSize ? undefined : spares.pop();
    this.#bytes = spare ?? new Uint8Array(Math.max(capacity, spareSize));
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  /** An unsigned integer of one byte. */
  u8(value: number): this {
    const at = this.#grow(1);
    this.#bytes[at] = integer(value, 0xff);
    return this;
  }

  /** An unsigned integer of two bytes. */
  u16(value: number): this {
    const at = this.#grow(2);
    integer(value, 0xffff);
    this.#bytes[at] = value >>> 8;
    this.#bytes[at + 1] = value;
    return this;
  }

  /** An unsigned integer of four bytes. */
  u32(value: number): this {
    const at = this.#grow(4);
    integer(value, 0xffffffff);
    this.#bytes[at] = value >>> 24;
    this.#bytes[at + 1] = value >>> 16;
    this.#bytes[at + 2] = value >>> 8;
    this.#bytes[at + 3] = value;
    return this;
  }

  /** An unsigned integer of eight bytes. */
  u64(value: bigint): this {
    if (value < 0n || value > 0xffffffffffffffffn) throw outOfRange();
    return this.u32(Number(value >> 32n)).u32(Number(value & 0xffffffffn));
  }

  /** A safe integer as eight bytes: times in milliseconds, sequence numbers. */
  safe(value: number): this {
    integer(value, Number.MAX_SAFE_INTEGER);
    return this.u32(Math.floor(value / 0x100000000)).u32(value % 0x100000000);
  }

  /** Bytes of a fixed length, without a header. */
  raw(bytes: Uint8Array): this {
    const at = this.#grow(bytes.length);
    this.#bytes.set(bytes, at);
    return this;
  }

  /** A vector of bytes: header, then the bytes. */
  bytes(bytes: Uint8Array): this {
    return this.#header(bytes.length).raw(bytes);
  }

  /** A vector whose content `write` produces. */
  vector(write: (writer: this) => void): this {
    const start = this.#length;
    // Most vectors are short: reserve one byte and move the content only where the header turns out longer.
    this.#grow(1);
    write(this);
    const content = this.#length - start - 1;
    const header = headerSize(content);
    if (header > 1) {
      this.#grow(header - 1);
      this.#bytes.copyWithin(start + header, start + 1, start + 1 + content);
    }
    this.#putHeader(start, content, header);
    return this;
  }

  /** A vector of items, each written by `write`. */
  list<T>(items: Iterable<T>, write: (writer: this, item: T) => void): this {
    return this.vector((writer) => {
      for (const item of items) write(writer, item);
    });
  }

  /** `optional<T>`: a presence byte, then the value if there is one (RFC 9420 §2.1.1). */
  optional<T>(value: T | undefined, write: (writer: this, value: T) => void): this {
    if (value === undefined) return this.u8(0);
    this.u8(1);
    write(this, value);
    return this;
  }

  /** A copy of what was written; the writer's own buffer is overwritten, since it may have held secrets. */
  finish(): Uint8Array {
    const [bytes, length] = this.#release();
    const copy = bytes.slice(0, length);
    giveBack(bytes, length);
    return copy;
  }

  /**
   * What `use` makes of what was written: for bytes that are only looked at, since a copy costs more than most structs
   * take to write. They are the writer's own and overwritten once `use` has returned, so it must not keep them.
   */
  lend<T>(use: (bytes: Uint8Array) => T): T {
    const [bytes, length] = this.#release();
    try {
      return use(bytes.subarray(0, length));
    } finally {
      giveBack(bytes, length);
    }
  }

  #release(): [Uint8Array, number] {
    const [bytes, length] = [this.#bytes, this.#length];
    this.#length = 0;
    this.#bytes = none;
    return [bytes, length];
  }

  #header(length: number): this {
    const size = headerSize(length);
    this.#putHeader(this.#grow(size), length, size);
    return this;
  }

  #putHeader(at: number, length: number, size: number): void {
    if (size === 1) {
      this.#bytes[at] = length;
    } else if (size === 2) {
      this.#bytes[at] = 0x40 | (length >>> 8);
      this.#bytes[at + 1] = length;
    } else {
      this.#bytes[at] = 0x80 | (length >>> 24);
      this.#bytes[at + 1] = length >>> 16;
      this.#bytes[at + 2] = length >>> 8;
      this.#bytes[at + 3] = length;
    }
  }

  #grow(by: number): number {
    const at = this.#length;
    const needed = at + by;
    if (needed > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
      larger.set(this.#bytes.subarray(0, at));
      this.#bytes.fill(0, 0, at);
      this.#bytes = larger;
    }
    this.#length = needed;
    return at;
  }
}

function giveBack(bytes: Uint8Array, length: number): void {
  bytes.fill(0, 0, length);
  if (bytes.length === spareSize && spares.length < mostSpares) spares.push(bytes);
}

/** Bytes of a vector of `length` bytes, its header included. */
export function vectorSize(length: number): number {
  return headerSize(length) + length;
}

/** The bytes that `write` produces: the usual way to encode one struct. */
export function encode<T>(write: (writer: Writer, value: T) => void, value: T): Uint8Array {
  const writer = new Writer();
  write(writer, value);
  return writer.finish();
}

function headerSize(length: number): 1 | 2 | 4 {
  if (length > maximumVectorLength)
    throw new ReadbackError("too-large", "A vector is longer than 2^30 - 1 bytes.");
  return length < 0x40 ? 1 : length < 0x4000 ? 2 : 4;
}

function integer(value: number, maximum: number): number {
  if (!Number.isInteger(value) || value < 0 || value > maximum) throw outOfRange();
  return value;
}

function outOfRange(): ReadbackError {
  return new ReadbackError("invalid-argument", "An integer is outside its range.");
}
