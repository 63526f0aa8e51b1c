import { concat } from "../../packages/core/src/codec/bytes.ts";
import { decode, type Reader } from "../../packages/core/src/codec/reader.ts";
import { encode, type Writer } from "../../packages/core/src/codec/writer.ts";
import * as commit from "../../packages/core/src/mls/commit.ts";
import * as extension from "../../packages/core/src/mls/extension.ts";
import type { ContentType } from "../../packages/core/src/mls/framing.ts";
import { readGroupContext, writeGroupContext } from "../../packages/core/src/mls/group-context.ts";
import { readGroupInfo, writeGroupInfo } from "../../packages/core/src/mls/group-info.ts";
import { readKeyPackage, writeKeyPackage } from "../../packages/core/src/mls/key-package.ts";
import { readLeafNode, writeLeafNode } from "../../packages/core/src/mls/leaf-node.ts";
import {
  decodeMessage,
  type Message,
  readMessage,
  writeMessage,
} from "../../packages/core/src/mls/message.ts";
import {
  decodePrivateContent,
  privateContentWriter,
  readSenderData,
  writeSenderData,
} from "../../packages/core/src/mls/private-content.ts";
import { readProposal, writeProposal } from "../../packages/core/src/mls/proposal.ts";
import { decodeRatchetTree, encodeRatchetTree } from "../../packages/core/src/mls/ratchet-tree.ts";
import { readTreeNodes, writeTreeNodes } from "../../packages/core/src/mls/tree-nodes.ts";
import { readGroupSecrets, writeGroupSecrets } from "../../packages/core/src/mls/welcome.ts";
import { keyPackageOf, person } from "../../packages/core/test/mls/world.ts";
import type { Target } from "../target.ts";
import { isOfMls } from "./codes.ts";
import { company, keyName } from "./groups.ts";
import { groupInfo, handshakes, invitation, privateMessages, proposals } from "./sent.ts";
import { vectors } from "./vectors.ts";

/** Decoders of MLS structs: what they take must be the one encoding of what they return. */
export const structTargets: readonly Target[] = [
  struct("mls-message", readMessage, writeMessage, () => [
    ...handshakes(),
    ...privateMessages(),
    invitation().welcome,
    groupInfo(),
    ...vectors("mls_welcome", "mls_group_info", "mls_key_package", "public_message_application"),
    ...vectors("public_message_proposal", "public_message_commit", "private_message"),
  ]),
  struct("mls-key-package", readKeyPackage, writeKeyPackage, () => [
    keyPackageOf(person("fay", company().groups[0].suite)).bytes,
    ...vectors("mls_key_package").map((bytes) => bytes.subarray(4)),
  ]),
  struct("mls-leaf-node", readLeafNode, writeLeafNode, () =>
    handshakes().flatMap((bytes) => partsOf(bytes, "path")),
  ),
  struct("mls-commit", commit.readCommit, commit.writeCommit, () => [
    ...handshakes().flatMap((bytes) => partsOf(bytes, "commit")),
    ...vectors("commit"),
  ]),
  struct("mls-proposal", readProposal, writeProposal, () => [
    ...proposals().map((proposal) => encode(writeProposal, proposal)),
    ...vectors("add_proposal").map((bytes) => concat(Uint8Array.of(0, 1), bytes)),
    ...vectors("re_init_proposal").map((bytes) => concat(Uint8Array.of(0, 5), bytes)),
  ]),
  struct("mls-group-info", readGroupInfo, writeGroupInfo, () => [groupInfo().subarray(4)]),
  struct("mls-group-context", readGroupContext, writeGroupContext, () => [
    encode(writeGroupContext, company().groups[0].context),
  ]),
  struct("mls-group-secrets", readGroupSecrets, writeGroupSecrets, () => [
    encode(writeGroupSecrets, {
      joinerSecret: new Uint8Array(32).fill(1),
      pathSecret: new Uint8Array(32).fill(2),
      psks: [{ type: "external", id: keyName, nonce: new Uint8Array(32).fill(3) }],
    }),
    ...vectors("group_secrets"),
  ]),
  struct("mls-tree-nodes", readTreeNodes, writeTreeNodes, trees),
  {
    ...struct("mls-ratchet-tree", readTreeNodes, writeTreeNodes, trees),
    take: (input) => encodeRatchetTree(structuredClone(decodeRatchetTree(input))),
  },
  struct("mls-sender-data", readSenderData, writeSenderData, () => [new Uint8Array(12).fill(1)]),
  {
    name: "mls-private-content",
    home: "core",
    mayRefuse: isOfMls,
    seeds: () => [
      Uint8Array.of(0, 1, 7, 2, 8, 8, 0, 0, 0),
      Uint8Array.of(1, 0, 3, 0, 0, 0, 1, 2, 8, 8, 0, 0),
    ],
    take: (input) => {
      const type = (["application", "proposal", "commit"] as const)[(input[0] ?? 0) % 3] as ContentType;
      const plaintext = input.subarray(1);
      const content = structuredClone(decodePrivateContent(plaintext, type));
      return concat(input.subarray(0, 1), privateContentWriter(content, plaintext.length).finish());
    },
  },
  {
    name: "mls-extensions",
    home: "core",
    mayRefuse: isOfMls,
    seeds: () => [
      encode(extension.writeExtensions, [
        ...company().groups[0].context.extensions,
        extension.writeAppDataDictionary(
          new Map([
            [1, new Uint8Array(3)],
            [9, new Uint8Array(0)],
          ]),
        ),
        extension.writeApplicationId(new Uint8Array(5)),
        extension.writeExternalPub(new Uint8Array(32)),
        extension.lastResortExtension(),
      ]),
    ],
    take: takeExtensions,
  },
];

function struct<T>(
  name: string,
  read: (reader: Reader) => T,
  write: (writer: Writer, value: T) => void,
  seeds: () => readonly Uint8Array[],
): Target {
  // A decoded struct remembers its encoding; a copy of it does not.
  const take = (input: Uint8Array) => encode(write, structuredClone(decode(read, input)));
  return { name, home: "core", mayRefuse: isOfMls, seeds, take };
}

/** The list, and every extension in it that has a reader. */
function takeExtensions(input: Uint8Array): Uint8Array {
  const list = decode(extension.readExtensions, input);
  const typed = [
    [extension.readRequiredCapabilities, extension.writeRequiredCapabilities],
    [extension.readExternalSenders, extension.writeExternalSenders],
    [extension.readAppDataDictionary, extension.writeAppDataDictionary],
    [extension.readExternalPub, extension.writeExternalPub],
    [extension.readApplicationId, extension.writeApplicationId],
    [(all: typeof list) => extension.isLastResort(all) || undefined, extension.lastResortExtension],
  ] as readonly (readonly [(all: typeof list) => unknown, (value: unknown) => extension.Extension])[];
  const again = typed.flatMap(([read, write]) => {
    const value = read(list);
    return value === undefined ? [] : [write(value)];
  });
  return encode(
    extension.writeExtensions,
    list.map((one) => again.find(({ type }) => type === one.type) ?? one),
  );
}

/** A part of a public commit, by itself. */
function partsOf(bytes: Uint8Array, part: "commit" | "path"): Uint8Array[] {
  const message: Message = decodeMessage(bytes);
  if (message.type !== "public-message") return [];
  const { content } = message.publicMessage.content;
  if (content.type !== "commit") return [];
  if (part === "commit") return [encode(commit.writeCommit, content.commit)];
  return content.commit.path === undefined ? [] : [encode(writeLeafNode, content.commit.path.leafNode)];
}

function trees(): readonly Uint8Array[] {
  const own = encodeRatchetTree(company().groups[0].tree);
  return [own, ...vectors("tree", "ratchet_tree", "tree_before", "tree_after")].filter(
    ({ length }) => length < 8_192,
  );
}
