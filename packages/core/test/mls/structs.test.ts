import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hex } from "../../src/codec/hex.ts";
import { decode, type Reader } from "../../src/codec/reader.ts";
import { encode, Writer } from "../../src/codec/writer.ts";
import { ReadbackError } from "../../src/error.ts";
import { componentIds, decodeComponentsList, encodeComponentsList } from "../../src/mls/app-component.ts";
import { readCommit, writeCommit } from "../../src/mls/commit.ts";
import { encodingOf, readAndKeep } from "../../src/mls/encoding.ts";
import * as extension from "../../src/mls/extension.ts";
import * as framing from "../../src/mls/framing.ts";
import { readGroupContext, writeGroupContext } from "../../src/mls/group-context.ts";
import type { KeyPackage } from "../../src/mls/key-package.ts";
import { encodedLeafNode, type LeafNode, readLeafNode, writeLeafNode } from "../../src/mls/leaf-node.ts";
import {
  decodeApplicationFraming,
  decodeMediaTypes,
  encodeApplicationFraming,
  encodeMediaTypes,
} from "../../src/mls/media-type.ts";
import { decodeMessage, type Message, readMessage, writeMessage } from "../../src/mls/message.ts";
import { readPreSharedKeyId } from "../../src/mls/pre-shared-key.ts";
import {
  decodePrivateContent,
  privateContentWriter,
  readSenderData,
  writeSenderData,
} from "../../src/mls/private-content.ts";
import { readProposal, writeProposal } from "../../src/mls/proposal.ts";
import { readTreeNodes, writeTreeNodes } from "../../src/mls/tree-nodes.ts";
import { readGroupSecrets, writeGroupSecrets } from "../../src/mls/welcome.ts";
import { welcomeReferences } from "../../src/mls/welcome-secrets.ts";
import * as arbitrary from "./arbitrary.ts";

/** An encoder is given copies: objects that came from a decoder would only be written back as they were read. */
const copyOf = <T>(value: T): T => structuredClone(value);

function codec<T>(
  name: string,
  values: fc.Arbitrary<T>,
  read: (reader: Reader) => T,
  write: (writer: Writer, value: T) => void,
): void {
  test(`${name}: decoding is the reverse of encoding, and nothing shorter is taken`, () => {
    fc.assert(
      fc.property(values, (value) => {
        const bytes = encode(write, value);
        const read1 = decode(read, bytes);
        expect(read1).toEqual(value);
        expect(hex(encode(write, copyOf(read1)))).toBe(hex(bytes));
        expect(hex(encode(write, read1))).toBe(hex(bytes));
        for (let length = 0; length < bytes.length; length += 1 + Math.floor(bytes.length / 64)) {
          expect(() => decode(read, bytes.slice(0, length))).toThrow(ReadbackError);
        }
        expect(() => decode(read, Uint8Array.of(...bytes, 0))).toThrow(ReadbackError);
      }),
      { numRuns: 60 },
    );
  });
}

codec("MLSMessage", arbitrary.message, readMessage, writeMessage);
codec(
  "AuthenticatedContent",
  arbitrary.authenticatedContent,
  framing.readAuthenticatedContent,
  framing.writeAuthenticatedContent,
);
codec("FramedContent", arbitrary.framedContent, framing.readFramedContent, framing.writeFramedContent);
codec("Commit", arbitrary.commit, readCommit, writeCommit);
codec("Proposal", arbitrary.proposal, readProposal, writeProposal);
codec("LeafNode", arbitrary.leafNode, readLeafNode, writeLeafNode);
codec("GroupContext", arbitrary.groupContext, readGroupContext, writeGroupContext);
codec("GroupSecrets", arbitrary.groupSecrets, readGroupSecrets, writeGroupSecrets);
codec("ratchet_tree", arbitrary.treeNodes, readTreeNodes, writeTreeNodes);
codec(
  "SenderData",
  fc.record({
    leafIndex: fc.nat(0xffffffff),
    generation: fc.nat(0xffffffff),
    reuseGuard: fc.uint8Array({ minLength: 4, maxLength: 4 }),
  }),
  readSenderData,
  writeSenderData,
);

const refused = (code: string) => expect.objectContaining({ code });

describe("any bytes", () => {
  test("are either a message, which encodes to the same bytes, or refused with a code", () => {
    fc.assert(
      fc.property(arbitrary.message, fc.nat(), fc.nat(255), (message, at, byte) => {
        const bytes = encode(writeMessage, message);
        bytes[at % bytes.length] = byte;
        let changed: ReturnType<typeof decodeMessage>;
        try {
          changed = decodeMessage(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(ReadbackError);
          return;
        }
        expect(hex(encode(writeMessage, copyOf(changed)))).toBe(hex(bytes));
      }),
      { numRuns: 500 },
    );
  });
});

describe("private content", () => {
  test("comes back without its padding, which must be zero", () => {
    fc.assert(
      fc.property(arbitrary.privateContent, fc.nat(600), fc.nat(), (content, paddedLength, at) => {
        const plain = privateContentWriter(content).finish();
        const padded = privateContentWriter(content, paddedLength).finish();
        expect(padded.length).toBe(Math.max(plain.length, paddedLength));
        expect(decodePrivateContent(padded, content.content.type)).toEqual(content);
        if (padded.length === plain.length) return;
        padded[plain.length + (at % (padded.length - plain.length))] = 1;
        expect(() => decodePrivateContent(padded, content.content.type)).toThrow(refused("mls-padding"));
      }),
    );
  });
});

describe("extensions", () => {
  test("typed contents come back", () => {
    fc.assert(
      fc.property(
        arbitrary.requiredCapabilities,
        arbitrary.dictionary,
        arbitrary.externalSenders,
        arbitrary.someBytes,
        (required, dictionary, senders, bytes) => {
          const all = [
            extension.writeRequiredCapabilities(required),
            extension.writeAppDataDictionary(dictionary),
            extension.writeExternalSenders(senders),
            extension.writeExternalPub(bytes),
            extension.writeApplicationId(bytes),
            extension.lastResortExtension(),
          ];
          expect(extension.readRequiredCapabilities(all)).toEqual(required);
          expect(extension.readAppDataDictionary(all)).toEqual(dictionary);
          expect(extension.readExternalSenders(all)).toEqual(senders);
          expect(extension.readExternalPub(all)).toEqual(bytes);
          expect(extension.readApplicationId(all)).toEqual(bytes);
          expect(extension.isLastResort(all)).toBe(true);
        },
      ),
    );
    expect(extension.readAppDataDictionary([])).toBeUndefined();
    expect(extension.isLastResort([])).toBe(false);
  });

  test("a key package of last resort says so by extension or by component", () => {
    const components = (id: number) => [extension.writeAppDataDictionary(new Map([[id, new Uint8Array(0)]]))];
    expect(extension.isLastResort(components(componentIds.lastResortKeyPackage))).toBe(true);
    expect(extension.isLastResort(components(0x8004))).toBe(false);
  });

  test("lists of components and media types come back, and media types are never none", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(0xffff), { maxLength: 5 }), (ids) => {
        expect(decodeComponentsList(encodeComponentsList(ids))).toEqual(ids);
      }),
    );
    const types = [
      { type: "text/plain", parameters: [{ name: "charset", value: "UTF-8" }] },
      { type: "application/json", parameters: [] },
    ];
    expect(decodeMediaTypes(encodeMediaTypes(types))).toEqual(types);
    expect(() => decodeMediaTypes(encodeMediaTypes([]))).toThrow(refused("malformed"));
    for (const mediaType of [...types, { type: "", parameters: [] }]) {
      const framed = { mediaType, content: Uint8Array.of(1, 2) };
      expect(decodeApplicationFraming(encodeApplicationFraming(framed))).toEqual(framed);
    }
  });

  test("an update of application data has one of two operations", () => {
    for (const operation of [0, 3, 255]) {
      const bytes = new Writer().u16(8).u16(0x8001).u8(operation).bytes(new Uint8Array(0)).finish();
      expect(() => decode(readProposal, bytes)).toThrow(refused("malformed"));
    }
    // Removing has no content, and leaving none at all (draft-ietf-mls-extensions §4.7, §6.3).
    const removal = Uint8Array.of(0, 8, 0x80, 1, 2);
    expect(decode(readProposal, removal)).toEqual({
      type: "app-data-update",
      componentId: 0x8001,
      update: undefined,
    });
    expect(decode(readProposal, Uint8Array.of(0, 10))).toEqual({ type: "self-remove" });
    expect(() => decode(readProposal, Uint8Array.of(0, 10, 0))).toThrow(refused("malformed"));
  });

  test("a dictionary out of order or with a component twice is refused", () => {
    for (const ids of [
      [2, 1],
      [1, 1],
    ]) {
      const data = new Writer().list(ids, (w, id) => w.u16(id).bytes(new Uint8Array(1))).finish();
      const given = [{ type: extension.extensionTypes.appDataDictionary, data }];
      expect(() => extension.readAppDataDictionary(given)).toThrow(refused("malformed"));
    }
  });

  test("mls-extension-duplicate: one type twice", () => {
    const one = { type: 0x0a0a, data: new Uint8Array(0) };
    const bytes = encode(extension.writeExtensions, [one, one]);
    expect(() => decode(extension.readExtensions, bytes)).toThrow(refused("mls-extension-duplicate"));
  });
});

describe("messages", () => {
  const [message] = fc.sample(arbitrary.message, 1) as [Message];

  test("mls-version: of any version but MLS 1.0", () => {
    const bytes = encode(writeMessage, message);
    bytes[1] = 2;
    expect(() => decodeMessage(bytes)).toThrow(refused("mls-version"));
  });

  test("mls-wire-format: of an unknown kind", () => {
    for (const kind of [0, 6, 0xff]) {
      const bytes = encode(writeMessage, message);
      bytes[3] = kind;
      expect(() => decodeMessage(bytes)).toThrow(refused("mls-wire-format"));
    }
    const welcome = { cipherSuite: 1, secrets: [], encryptedGroupInfo: new Uint8Array(0) };
    expect(welcomeReferences(encode(writeMessage, { type: "welcome", welcome }))).toEqual([]);
    const [keyPackage] = fc.sample(arbitrary.keyPackage, 1);
    const other = encode(writeMessage, { type: "key-package", keyPackage: keyPackage as KeyPackage });
    expect(() => welcomeReferences(other)).toThrow(refused("mls-wire-format"));
  });

  test("mls-key-package-version: a key package of another version than its message", () => {
    fc.assert(
      fc.property(arbitrary.keyPackage, (keyPackage) => {
        const bytes = encode(writeMessage, {
          type: "key-package",
          keyPackage: { ...keyPackage, version: 2 },
        });
        expect(() => decodeMessage(bytes)).toThrow(refused("mls-key-package-version"));
      }),
      { numRuns: 5 },
    );
  });

  test("mls-unsupported-proposal: of a type whose length nobody knows", () => {
    const bytes = new Writer().u16(0x0a0a).bytes(new Uint8Array(3)).finish();
    expect(() => decode(readProposal, bytes)).toThrow(refused("mls-unsupported-proposal"));
  });

  test("unknown numbers of senders, contents, sources, usages, nodes and parts of a commit are malformed", () => {
    const key = Uint8Array.of(1, 0);
    // What comes before the number, and after it where it is another struct's.
    const places: readonly [name: string, read: (reader: Reader) => unknown, before: Uint8Array][] = [
      ["sender", framing.readSender, new Uint8Array(0)],
      ["content", framing.readContentType, new Uint8Array(0)],
      ["source of a leaf", readLeafNode, Uint8Array.of(...key, ...key, 0, 1, 0, 0, 0, 0, 0, 0)],
      ["pre-shared key", readPreSharedKeyId, new Uint8Array(0)],
      ["usage of a resumption key", readPreSharedKeyId, Uint8Array.of(2)],
      ["part of a commit", readCommit, Uint8Array.of(9)],
      ["node of a tree", readTreeNodes, Uint8Array.of(10, 1)],
    ];
    for (const [name, read, before] of places) {
      for (const number of [0, 5, 255]) {
        const bytes = Uint8Array.of(...before, number, 0, 0, 0, 0, 0, 0, 0, 0);
        expect(() => decode(read, bytes), name).toThrow(
          expect.objectContaining({ code: "malformed", message: expect.stringMatching(/unknown|neither/) }),
        );
      }
    }
  });

  test("a signed content travels as a public or a private message only", () => {
    const [one] = fc.sample(arbitrary.authenticatedContent, 1);
    const bytes = encode(framing.writeAuthenticatedContent, one as framing.AuthenticatedContent);
    for (const format of [0, 3, 4, 5, 255]) {
      expect(() => decode(framing.readAuthenticatedContent, bytes.with(1, format))).toThrow(
        refused("malformed"),
      );
    }
  });
});

describe("kept encodings", () => {
  test("are of the bytes read, and of no copy of the value", () => {
    const [leaf] = fc.sample(arbitrary.leafNode, 1) as [LeafNode];
    const bytes = encode(writeLeafNode, leaf);
    const read = decode(readLeafNode, bytes);
    expect(encodedLeafNode(read)).toEqual(bytes);
    expect(encodedLeafNode(read)).toBe(encodedLeafNode(read));
    const changed = { ...read, signature: Uint8Array.of(1, 2, 3) };
    expect(decode(readLeafNode, encodedLeafNode(changed)).signature).toEqual(Uint8Array.of(1, 2, 3));
  });

  test("do not reach beyond their struct", () => {
    const bytes = Uint8Array.of(1, 2, 3, 4);
    const inner = decode((reader) => {
      reader.u8();
      const value = readAndKeep(reader, (r) => ({ value: r.u16() }));
      reader.u8();
      return value;
    }, bytes);
    expect(encodingOf(inner, () => expect.fail("was kept"))).toEqual(Uint8Array.of(2, 3));
  });
});
