import { describe, expect, test } from "vitest";
import { decode, type Reader } from "../../src/codec/reader.ts";
import { encode, Writer } from "../../src/codec/writer.ts";
import { readCapabilities } from "../../src/mls/capabilities.ts";
import { readCommit } from "../../src/mls/commit.ts";
import { readCredential } from "../../src/mls/credential.ts";
import { readExtensions } from "../../src/mls/extension.ts";
import {
  mostCapabilities,
  mostCertificates,
  mostExtensions,
  mostLeaves,
  mostPathNodes,
  mostPreSharedKeys,
  mostProposals,
} from "../../src/mls/limits.ts";
import { addLeaf, decodeRatchetTree, members, removeLeaf } from "../../src/mls/ratchet-tree.ts";
import { readTreeNodes, writeTreeNodes } from "../../src/mls/tree-nodes.ts";
import { readGroupSecrets, readWelcome } from "../../src/mls/welcome.ts";
import { client } from "./tree-kit.ts";
import { codeOf } from "./world.ts";

const nothing = new Uint8Array(0);

/** A struct whose one list has so many items; all else in it is as short as can be. */
type Long = (count: number) => Uint8Array;

const listOf = (writer: Writer, count: number, item: Uint8Array): Writer =>
  writer.list(Array.from({ length: count }), (w) => w.raw(item));

const reference = Uint8Array.of(2, 0);
const leafNode = encode((w) => {
  // No keys, a basic credential of nobody, no capabilities, an update, no extensions, no signature.
  w.raw(Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 2, 0, 0));
}, undefined);

const lists: readonly [name: string, most: number, read: (reader: Reader) => unknown, long: Long][] = [
  [
    "proposals of a commit",
    mostProposals,
    readCommit,
    (count) => listOf(new Writer(), count, reference).u8(0).finish(),
  ],
  [
    "nodes of a path",
    mostPathNodes,
    readCommit,
    (count) => listOf(new Writer().bytes(nothing).u8(1).raw(leafNode), count, Uint8Array.of(0, 0)).finish(),
  ],
  [
    "types in a list of capabilities",
    mostCapabilities,
    readCapabilities,
    (count) => listOf(new Writer(), count, Uint8Array.of(0x0a, 0x0a)).raw(new Uint8Array(4)).finish(),
  ],
  [
    "certificates",
    mostCertificates,
    readCredential,
    (count) => listOf(new Writer().u16(2), count, Uint8Array.of(0)).finish(),
  ],
  [
    "pre-shared keys of a Welcome",
    mostPreSharedKeys,
    readGroupSecrets,
    (count) => listOf(new Writer().bytes(nothing).u8(0), count, Uint8Array.of(1, 0, 0)).finish(),
  ],
  [
    "persons that a Welcome is for",
    mostProposals,
    readWelcome,
    (count) => listOf(new Writer().u16(1), count, new Uint8Array(3)).bytes(nothing).finish(),
  ],
  [
    "nodes of a tree",
    2 * mostLeaves - 1,
    readTreeNodes,
    (count) => listOf(new Writer(), count, Uint8Array.of(0)).finish(),
  ],
];

describe("as many as allowed are read, and one more is too-large:", () => {
  test.each(lists)("%s", (_, most, read, long) => {
    expect(codeOf(() => decode(read, long(most)))).toBe(undefined);
    expect(codeOf(() => decode(read, long(most + 1)))).toBe("too-large");
  });

  test("extensions, each of another type", () => {
    const long = (count: number) =>
      new Writer()
        .list(Array.from({ length: count }), (w) => w.u16(w.length & 0xffff).bytes(nothing))
        .finish();
    expect(codeOf(() => decode(readExtensions, long(mostExtensions)))).toBe(undefined);
    expect(codeOf(() => decode(readExtensions, long(mostExtensions + 1)))).toBe("too-large");
  });

  test("a length that lies costs nothing", () => {
    // The longest header there is, and nothing behind it.
    const lie = Uint8Array.of(0xbf, 0xff, 0xff, 0xff);
    for (const [name, , read] of lists) {
      const bytes = new Uint8Array([0, 2, ...lie, 0, 0]);
      expect(
        codeOf(() => decode(read, bytes)),
        name,
      ).toMatch(/^(malformed|too-large)$/);
    }
    expect(codeOf(() => decode(readTreeNodes, lie))).toBe("malformed");
  });
});

test("too-large: a tree of 2^14 members takes nobody more until somebody has left", () => {
  const { leaf } = client("ada");
  const nodes = Array.from({ length: 2 * mostLeaves - 1 }, (_, index) =>
    index % 2 === 0 ? ({ type: "leaf", leafNode: leaf } as const) : undefined,
  );
  const tree = decodeRatchetTree(encode(writeTreeNodes, nodes));
  expect([tree.leafCount, members(tree).length]).toEqual([mostLeaves, mostLeaves]);
  expect(codeOf(() => addLeaf(tree, leaf))).toBe("too-large");
  expect(addLeaf(removeLeaf(tree, 77), leaf).leafIndex).toBe(77);
});
