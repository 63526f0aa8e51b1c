import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareBytes, concat, copyOf, sameBytes } from "../../src/codec/bytes.ts";
import { fromHex, hex } from "../../src/codec/hex.ts";
import { decode, Reader } from "../../src/codec/reader.ts";
import { fromUtf8, utf8 } from "../../src/codec/utf8.ts";
import { encode, Writer } from "../../src/codec/writer.ts";
import { hasCode, ReadbackError } from "../../src/error.ts";

/** The code of what `run` throws; fails where it throws nothing. */
function codeOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
  throw new Error("nothing was thrown");
}

/** Facts of RFC 9000 §16 and RFC 9420 §2.1.2: headers of vectors. */
const headers: [length: number, header: string][] = [
  [0, "00"],
  [37, "25"],
  [63, "3f"],
  [64, "4040"],
  [15293, "7bbd"],
  [16383, "7fff"],
  [16384, "80004000"],
];

describe("Writer and Reader", () => {
  test.each(headers)("a vector of %i bytes has the header %s", (length, header) => {
    const bytes = new Uint8Array(length).fill(7);
    const viaBytes = new Writer().bytes(bytes).finish();
    const viaVector = new Writer().vector((w) => void w.raw(bytes)).finish();
    expect(hex(viaBytes.subarray(0, header.length / 2))).toBe(header);
    expect(sameBytes(viaBytes, viaVector)).toBe(true);
    expect(
      sameBytes(
        decode((r) => r.bytes(), viaBytes),
        bytes,
      ),
    ).toBe(true);
  });

  test.each(["4025", "80000025", "8000003f", "c000000000000025", "7f", "80ff"])(
    "the header %s is refused",
    (header) => {
      const input = concat(fromHex(header), new Uint8Array(64));
      expect(codeOf(() => decode((r) => r.bytes(), input))).toBe("malformed");
    },
  );

  test("what is read of a Node Buffer is a copy too", () => {
    const memory = fromHex("00020102");
    // What a Buffer does: a view whose slice shares memory.
    class Shared extends Uint8Array {
      override slice(start?: number, end?: number): Uint8Array<ArrayBuffer> {
        return this.subarray(start, end) as Uint8Array<ArrayBuffer>;
      }
    }
    const view = new Shared(memory.buffer as ArrayBuffer, 1, 3);
    const read = decode((r) => r.bytes(), view);
    const copy = copyOf(view);
    memory.fill(9);
    expect(hex(read)).toBe("0102");
    expect(hex(copy)).toBe("020102");
  });

  test("integers keep their value at both ends of their range", () => {
    const written = new Writer()
      .u8(255)
      .u16(65535)
      .u32(0xffffffff)
      .u64(0xffffffffffffffffn)
      .safe(Number.MAX_SAFE_INTEGER);
    const reader = new Reader(written.finish());
    expect([reader.u8(), reader.u16(), reader.u32(), reader.u64(), reader.safe()]).toEqual([
      255,
      65535,
      0xffffffff,
      0xffffffffffffffffn,
      Number.MAX_SAFE_INTEGER,
    ]);
    expect(reader.done).toBe(true);
  });

  test("integers outside of their range are refused", () => {
    expect(codeOf(() => new Writer().u8(256))).toBe("invalid-argument");
    expect(codeOf(() => new Writer().u16(-1))).toBe("invalid-argument");
    expect(codeOf(() => new Writer().u32(1.5))).toBe("invalid-argument");
    expect(codeOf(() => new Writer().u64(1n << 64n))).toBe("invalid-argument");
    expect(codeOf(() => new Writer().safe(2 ** 53))).toBe("invalid-argument");
    expect(codeOf(() => new Reader(fromHex("0020000000000000")).safe())).toBe("malformed");
  });

  test("an inner vector cannot read beyond its own end", () => {
    const input = fromHex("0201ff");
    expect(codeOf(() => decode((r) => [r.vector((v) => v.u32())], input))).toBe("malformed");
    expect(codeOf(() => decode((r) => [r.vector((v) => v.u8())], input))).toBe("malformed");
  });

  test("a vector longer than what is there is refused before its content is read", () => {
    let reads = 0;
    expect(codeOf(() => decode((r) => r.list(() => reads++), fromHex("bfffffff")))).toBe("malformed");
    expect(reads).toBe(0);
  });

  test("limits have their own code", () => {
    const four = new Writer().bytes(new Uint8Array(4)).finish();
    expect(decode((r) => r.bytes(4), four).length).toBe(4);
    expect(codeOf(() => decode((r) => r.bytes(3), four))).toBe("too-large");
    expect(decode((r) => r.list((v) => v.u8(), 4), four).length).toBe(4);
    expect(codeOf(() => decode((r) => r.list((v) => v.u8(), 3), four))).toBe("too-large");
  });

  test("an item without bytes cannot make a list endless", () => {
    expect(codeOf(() => decode((r) => r.list(() => 0), fromHex("0101")))).toBe("malformed");
  });

  test("presence bytes are 0 or 1, and trailing bytes are refused", () => {
    expect(decode((r) => r.optional((v) => v.u8()), fromHex("00"))).toBeUndefined();
    expect(decode((r) => r.optional((v) => v.u8()), fromHex("0107"))).toBe(7);
    expect(codeOf(() => decode((r) => r.optional((v) => v.u8()), fromHex("0207")))).toBe("malformed");
    expect(codeOf(() => decode((r) => r.u8(), fromHex("0000")))).toBe("malformed");
  });

  test("what is read is a copy, and what was written is not kept", () => {
    const input = new Writer().bytes(fromHex("0102")).finish();
    const read = decode((r) => r.bytes(), input);
    input.fill(9);
    expect(hex(read)).toBe("0102");
    const writer = new Writer().raw(fromHex("aabb"));
    writer.finish();
    expect(writer.u8(1).finish()).toEqual(fromHex("01"));
  });

  test("what is lent is overwritten afterwards, whether it was used or refused, and is nobody else's until then", () => {
    let kept: Uint8Array = new Uint8Array(0);
    const used = new Writer().bytes(fromHex("0102")).lend((bytes) => {
      kept = bytes;
      expect(hex(bytes)).toBe("020102");
      expect(new Writer().u8(7).finish()).toEqual(fromHex("07"));
      return hex(bytes);
    });
    expect(used).toBe("020102");
    expect(hex(kept)).toBe("000000");
    const refused = () =>
      new Writer(5_000).raw(fromHex("aabb")).lend((bytes) => {
        kept = bytes;
        throw new ReadbackError("malformed", "These bytes are refused.");
      });
    expect(codeOf(refused)).toBe("malformed");
    expect(hex(kept)).toBe("0000");
  });

  const nested = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      fc.uint8Array({ maxLength: 80 }),
      fc.array(tie("tree"), { maxLength: 5 }),
    ),
  })).tree;

  function writeTree(writer: Writer, tree: unknown): void {
    if (tree instanceof Uint8Array) writer.u8(0).bytes(tree);
    else writer.u8(1).list(tree as unknown[], writeTree);
  }

  function readTree(reader: Reader): unknown {
    const type = reader.u8();
    if (type > 1) throw new ReadbackError("malformed", "A tree is of an unknown type.");
    return type === 0 ? reader.bytes() : reader.list(readTree);
  }

  test("nested vectors come back as they were, and no part of them decodes", () => {
    fc.assert(
      fc.property(nested, fc.nat(), (tree, cut) => {
        const bytes = encode(writeTree, tree);
        expect(decode(readTree, bytes)).toEqual(tree);
        expect(sameBytes(encode(writeTree, decode(readTree, bytes)), bytes)).toBe(true);
        expect(codeOf(() => decode(readTree, bytes.subarray(0, cut % bytes.length)))).toBe("malformed");
      }),
    );
  });

  test("any bytes decode to what encodes to the same bytes, or are refused", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          expect(sameBytes(encode(writeTree, decode(readTree, bytes)), bytes)).toBe(true);
        } catch (error) {
          if (!hasCode(error, "malformed")) throw error;
        }
      }),
    );
  });
});

describe("texts and bytes", () => {
  test("UTF-8 both ways; anything else is refused", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => void expect(fromUtf8(utf8(text))).toBe(text)),
    );
    expect(codeOf(() => utf8("\ud800"))).toBe("invalid-argument");
    for (const bad of ["ff", "c0af", "eda080", "f8888080"])
      expect(codeOf(() => fromUtf8(fromHex(bad)))).toBe("malformed");
    expect(fromUtf8(fromHex("efbbbf41"))).toBe("\ufeffA");
  });

  test("hexadecimal both ways; anything else is refused", () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void expect(fromHex(hex(bytes))).toEqual(bytes)));
    for (const bad of ["0", "0g", "0x00", " 00"]) expect(codeOf(() => fromHex(bad))).toBe("malformed");
  });

  test("comparison is by bytes, then by length", () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => {
        expect(Math.sign(compareBytes(a, b))).toBe(Math.sign(hex(a) < hex(b) ? -1 : hex(a) > hex(b) ? 1 : 0));
        expect(sameBytes(a, b)).toBe(compareBytes(a, b) === 0);
      }),
    );
  });
});
