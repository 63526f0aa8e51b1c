import assert from "node:assert/strict";
import { fromHex } from "../../../src/codec/hex.ts";
import { decode } from "../../../src/codec/reader.ts";
import { encode } from "../../../src/codec/writer.ts";
import type { CipherSuite } from "../../../src/crypto/suite.ts";
import { readUpdatePath, type UpdatePath, writeUpdatePath } from "../../../src/mls/commit.ts";
import { createPath, pathSecretFor, sealPath } from "../../../src/mls/create-path.ts";
import { encodedGroupContext, type GroupContext } from "../../../src/mls/group-context.ts";
import { isLeafSignatureValid } from "../../../src/mls/leaf-node.ts";
import { isParentHashValid } from "../../../src/mls/parent-hash.ts";
import { nodeKeyPair } from "../../../src/mls/path-secret.ts";
import { mls10 } from "../../../src/mls/protocol-version.ts";
import {
  decodeRatchetTree,
  encryptionKeyAt,
  leafAt,
  type RatchetTree,
} from "../../../src/mls/ratchet-tree.ts";
import { joinPath, mergePath, openPath } from "../../../src/mls/receive-path.ts";
import { withItems } from "../../../src/mls/sparse-array.ts";
import { treeHashOf } from "../../../src/mls/tree-hash.ts";
import { keepKeys, type TreeKeys } from "../../../src/mls/tree-keys.ts";
import { noLeaves } from "../../../src/mls/tree-path.ts";
import {
  assertHex,
  kemPrivateKey,
  type Outcome,
  signaturePrivateKey,
  skippedSuite,
  suiteOf,
} from "./tools.ts";

interface TreeKemCase {
  cipher_suite: number;
  group_id: string;
  epoch: number;
  confirmed_transcript_hash: string;
  ratchet_tree: string;
  leaves_private: {
    index: number;
    encryption_priv: string;
    signature_priv: string;
    path_secrets: { node: number; path_secret: string }[];
  }[];
  update_paths: {
    sender: number;
    update_path: string;
    path_secrets: (string | null)[];
    commit_secret: string;
    tree_hash_after: string;
  }[];
}

interface Group {
  readonly suite: CipherSuite;
  readonly tree: RatchetTree;
  readonly groupId: Uint8Array;
  readonly keys: ReadonlyMap<number, TreeKeys>;
  /** The encoded provisional context with this tree. */
  context(tree: RatchetTree): Uint8Array;
}

/** Runs one case of `treekem.json`: reads every path with every key, then makes one for each sender and reads that. */
export function run(vector: unknown): Outcome {
  const given = vector as TreeKemCase;
  const suite = suiteOf(given.cipher_suite);
  if (suite === undefined) return skippedSuite(given.cipher_suite);
  const group = groupOf(suite, given);
  assert.ok(isParentHashValid(suite, group.tree));
  for (const update of given.update_paths) {
    const path = decode(readUpdatePath, fromHex(update.update_path));
    const tree = merge(group, update.sender, path);
    assertHex(treeHashOf(suite, tree), update.tree_hash_after, "tree_hash_after");
    for (const [leafIndex, secret] of update.path_secrets.entries()) {
      if (secret === null) continue;
      const commitSecret = read(group, tree, update.sender, leafIndex, path);
      assertHex(commitSecret, update.commit_secret, "commit_secret");
      const joined = joinPath(suite, tree, update.sender, leafIndex, fromHex(secret));
      assertHex(joined.commitSecret, update.commit_secret, "commit_secret from path_secret");
    }
    const maker = given.leaves_private.find(({ index }) => index === update.sender);
    if (maker !== undefined)
      makeAndRead(group, update.sender, signaturePrivateKey(suite, maker.signature_priv));
  }
  return "passed";
}

function groupOf(suite: CipherSuite, given: TreeKemCase): Group {
  const groupId = fromHex(given.group_id);
  const tree = decodeRatchetTree(fromHex(given.ratchet_tree));
  const keys = new Map<number, TreeKeys>();
  for (const { index, encryption_priv, path_secrets } of given.leaves_private) {
    const leafKey = [2 * index, kemPrivateKey(suite, encryption_priv)] as const;
    const pathKeys = path_secrets.map(({ node, path_secret }) => {
      const { publicKey, privateKey } = nodeKeyPair(suite, fromHex(path_secret));
      assert.deepEqual(publicKey, encryptionKeyAt(tree, node), `key of node ${node}`);
      return [node, privateKey] as const;
    });
    keys.set(index, withItems([], [leafKey, ...pathKeys]));
  }
  const context = (after: RatchetTree) =>
    encodedGroupContext({
      version: mls10,
      cipherSuite: suite.id,
      groupId,
      epoch: BigInt(given.epoch),
      treeHash: treeHashOf(suite, after),
      confirmedTranscriptHash: fromHex(given.confirmed_transcript_hash),
      extensions: [],
    } satisfies GroupContext);
  return { suite, tree, groupId, keys, context };
}

function merge({ suite, tree, groupId }: Group, sender: number, path: UpdatePath): RatchetTree {
  assert.ok(isLeafSignatureValid(suite, path.leafNode, { groupId, leafIndex: sender }));
  const merged = mergePath(suite, tree, sender, path, noLeaves);
  assert.ok(isParentHashValid(suite, merged), "parent hashes after the path");
  return merged;
}

function read(
  group: Group,
  after: RatchetTree,
  sender: number,
  leafIndex: number,
  path: UpdatePath,
): Uint8Array {
  const { suite, tree } = group;
  const own = group.keys.get(leafIndex);
  assert.ok(own !== undefined);
  // Keys of nodes that the path replaces still open it: none of them is in the resolution of a copath node.
  const { keys: privateKeys } = keepKeys(own, tree, after);
  const groupContext = group.context(after);
  const reader = { tree: after, sender, leafIndex, privateKeys, groupContext, added: noLeaves };
  const learned = openPath(suite, path, reader);
  for (const [index, privateKey] of learned.privateKeys) {
    assert.deepEqual(suite.kem.publicKey(privateKey), encryptionKeyAt(after, index), `key of node ${index}`);
  }
  return learned.commitSecret;
}

function makeAndRead(group: Group, sender: number, signaturePrivateKey: Uint8Array): void {
  const { suite, groupId } = group;
  const leaf = leafAt(group.tree, sender);
  assert.ok(leaf !== undefined);
  const maker = { leaf, signaturePrivateKey, groupId, random };
  const fresh = createPath(suite, group.tree, sender, maker);
  const sealed = sealPath(suite, fresh, group.context(fresh.tree), noLeaves, random);
  const path = decode(readUpdatePath, encode(writeUpdatePath, sealed));
  const tree = merge(group, sender, path);
  assert.deepEqual(treeHashOf(suite, tree), treeHashOf(suite, fresh.tree));
  for (const leafIndex of group.keys.keys()) {
    if (leafIndex === sender) continue;
    assert.deepEqual(read(group, tree, sender, leafIndex, path), fresh.commitSecret);
    const secret = pathSecretFor(fresh, leafIndex).slice();
    assert.deepEqual(joinPath(suite, tree, sender, leafIndex, secret).commitSecret, fresh.commitSecret);
  }
}

function random(length: number): Uint8Array {
  return globalThis.crypto.getRandomValues(new Uint8Array(length));
}
