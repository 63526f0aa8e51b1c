import { describe, expect, test } from "vitest";
import { utf8 } from "../../src/codec/utf8.ts";
import { encryptWithLabel } from "../../src/crypto/labels.ts";
import type { UpdatePath, UpdatePathNode } from "../../src/mls/commit.ts";
import { createPath, pathSecretFor, wipePathSecrets } from "../../src/mls/create-path.ts";
import { addLeaf, encryptionKeyAt, leafAt, removeLeaf, withRoom } from "../../src/mls/ratchet-tree.ts";
import { joinPath, mergePath, openPath } from "../../src/mls/receive-path.ts";
import type { Rule } from "../../src/mls/rule.ts";
import { itemAt, withItems } from "../../src/mls/sparse-array.ts";
import { keepKeys } from "../../src/mls/tree-keys.ts";
import { filteredDirectPath, noLeaves, resolutionOf } from "../../src/mls/tree-path.ts";
import { seededRandom } from "../../src/testing/seeded-random.ts";
import { client, coldTree, freshPath, groupId, suite, warmTree } from "./tree-kit.ts";

function refuses(rule: Rule, check: () => unknown): void {
  expect(check).toThrow(expect.objectContaining({ code: rule }));
}

const { tree, clients } = warmTree(8, [0, 5]);
const sender = 2;
const { fresh, path, groupContext } = freshPath(tree, clients, sender);

const merge = (changed: Partial<UpdatePath>, added = noLeaves) =>
  mergePath(suite, tree, sender, { ...path, ...changed }, added);

function withNode(at: number, changes: Partial<UpdatePathNode>): UpdatePath {
  const nodes = path.nodes.map((node, i) => (i === at ? { ...node, ...changes } : node));
  return { ...path, nodes };
}

/** The keys of a member who knows only its leaf. */
const leafKeys = (leafIndex: number) =>
  withItems([], [[2 * leafIndex, clients[leafIndex]?.encryption.privateKey ?? new Uint8Array(0)]]);

const reader = (leafIndex: number, given = fresh.tree) => ({
  tree: given,
  sender,
  leafIndex,
  privateKeys: leafKeys(leafIndex),
  groupContext,
  added: noLeaves,
});

describe("an update path in a tree (RFC 9420 §7.5, §7.6, §12.4.2)", () => {
  test("the right one gives the tree of the sender", () => expect(merge({})).toEqual(fresh.tree));

  test("mls-path-length: a node too few, one too many", () => {
    refuses("mls-path-length", () => merge({ nodes: path.nodes.slice(1) }));
    refuses("mls-path-length", () => merge({ nodes: [] }));
    refuses("mls-path-length", () => merge({ nodes: [...path.nodes, path.nodes[0] as UpdatePathNode] }));
  });

  test("mls-path-ciphertexts: one too few, one too many, one for a member who was just added", () => {
    for (const [at, { encryptedPathSecrets }] of path.nodes.entries()) {
      const more = [...encryptedPathSecrets, ...encryptedPathSecrets.slice(0, 1)];
      refuses("mls-path-ciphertexts", () => merge(withNode(at, { encryptedPathSecrets: more })));
      const fewer = encryptedPathSecrets.slice(1);
      refuses("mls-path-ciphertexts", () => merge(withNode(at, { encryptedPathSecrets: fewer })));
    }
    refuses("mls-path-ciphertexts", () => merge({}, new Set([3])));
  });

  test("mls-path-key: in the tree already, twice in the path, or not to be used", () => {
    const used = [
      encryptionKeyAt(tree, 7),
      leafAt(tree, 6)?.encryptionKey,
      leafAt(tree, sender)?.encryptionKey,
      path.nodes[0]?.encryptionKey,
      path.leafNode.encryptionKey,
      new Uint8Array(32),
      new Uint8Array(0),
    ] as Uint8Array[];
    for (const encryptionKey of used) refuses("mls-path-key", () => merge(withNode(1, { encryptionKey })));
    const leafNode = { ...path.leafNode, encryptionKey: leafAt(tree, 7)?.encryptionKey as Uint8Array };
    refuses("mls-path-key", () => merge({ leafNode }));
  });

  test("mls-path-parent-hash: a key that the leaf does not vouch for, a leaf without or with another hash", () => {
    const { encryptionKey } = client("mallory").leaf;
    for (const at of path.nodes.keys()) {
      refuses("mls-path-parent-hash", () => merge(withNode(at, { encryptionKey })));
    }
    const sources = [
      { type: "update" },
      { type: "commit", parentHash: new Uint8Array(0) },
      { type: "commit", parentHash: utf8("another hash of the right length") },
    ] as const;
    for (const source of sources) {
      refuses("mls-path-parent-hash", () => merge({ leafNode: { ...path.leafNode, source } }));
    }
  });
});

describe("the secrets of an update path (RFC 9420 §7.5)", () => {
  test("every other member reads it, and knows the keys above it and no others", () => {
    const cold = coldTree(8);
    const own = freshPath(cold.tree, cold.clients, sender);
    for (const leafIndex of clients.keys()) {
      if (leafIndex === sender) continue;
      const learned = openPath(suite, own.path, reader(leafIndex, own.tree));
      expect(learned.commitSecret).toEqual(own.fresh.commitSecret);
      for (const [index, privateKey] of learned.privateKeys) {
        expect(suite.kem.publicKey(privateKey)).toEqual(encryptionKeyAt(own.tree, index));
      }
      const joined = joinPath(
        suite,
        own.tree,
        sender,
        leafIndex,
        pathSecretFor(own.fresh, leafIndex).slice(),
      );
      expect(joined).toEqual(learned);
    }
  });

  test("mls-path-decryption: no key, a key of another member, another context, changed bytes", () => {
    const cold = coldTree(8);
    const own = freshPath(cold.tree, cold.clients, sender);
    const right = reader(3, own.tree);
    const open =
      (changes: Partial<typeof right>, given = own.path) =>
      () =>
        openPath(suite, given, { ...right, ...changes });
    open({})();
    refuses("mls-path-decryption", open({ privateKeys: [] }));
    const other = clients[4]?.encryption.privateKey as Uint8Array;
    refuses("mls-path-decryption", open({ privateKeys: withItems([], [[6, other]]) }));
    refuses("mls-path-decryption", open({ groupContext: utf8("another context") }));
    refuses("mls-path-decryption", open({ leafIndex: sender }));
    refuses("mls-path-decryption", open({ added: new Set([3]) }));
    const [lowest, ...rest] = own.path.nodes as [UpdatePathNode, ...UpdatePathNode[]];
    for (const field of ["kemOutput", "ciphertext"] as const) {
      for (const bytes of [
        new Uint8Array(0),
        lowest.encryptedPathSecrets[0]?.[field].map((byte) => byte ^ 1),
      ]) {
        const sealed = { ...lowest.encryptedPathSecrets[0], [field]: bytes };
        const nodes = [{ ...lowest, encryptedPathSecrets: [sealed] }, ...rest] as UpdatePathNode[];
        refuses("mls-path-decryption", open({}, { ...own.path, nodes }));
      }
    }
  });

  test("mls-path-secret, mls-path-decryption: a secret that leads elsewhere, or of another length", () => {
    const cold = coldTree(8);
    const own = freshPath(cold.tree, cold.clients, sender);
    const random = seededRandom("mallory");
    const [lowest, ...rest] = own.path.nodes as [UpdatePathNode, ...UpdatePathNode[]];
    const pathWith = (secret: Uint8Array) => {
      const key = leafAt(own.tree, 3)?.encryptionKey as Uint8Array;
      const sealed = encryptWithLabel(suite, "UpdatePathNode", groupContext)(key, secret, random(32));
      return { ...own.path, nodes: [{ ...lowest, encryptedPathSecrets: [sealed] }, ...rest] } as UpdatePath;
    };
    refuses("mls-path-secret", () => openPath(suite, pathWith(random(32)), reader(3, own.tree)));
    refuses("mls-path-decryption", () => openPath(suite, pathWith(random(31)), reader(3, own.tree)));
    refuses("mls-path-decryption", () => openPath(suite, pathWith(random(0)), reader(3, own.tree)));
  });

  test("mls-welcome-path-secret: not of this tree, of another length, for a place without a key", () => {
    const right = pathSecretFor(fresh, 3);
    joinPath(suite, fresh.tree, sender, 3, right.slice());
    refuses("mls-welcome-path-secret", () => joinPath(suite, fresh.tree, sender, 3, new Uint8Array(32)));
    refuses("mls-welcome-path-secret", () => joinPath(suite, fresh.tree, sender, 3, right.slice(1)));
    refuses("mls-welcome-path-secret", () => joinPath(suite, fresh.tree, sender, 6, right.slice()));
    refuses("mls-welcome-path-secret", () => joinPath(suite, fresh.tree, sender, sender, right.slice()));
    const { tree: cold } = coldTree(8);
    refuses("mls-welcome-path-secret", () => joinPath(suite, cold, sender, 3, right.slice()));
  });

  test("members that the same commit adds get no ciphertext, and a secret in the Welcome", () => {
    const { tree: grown, leafIndex } = addLeaf(tree, client("new").leaf);
    const added = new Set([leafIndex]);
    const made = freshPath(grown, clients, sender, added);
    expect(filteredDirectPath(grown, sender).length).toBe(made.path.nodes.length);
    expect(made.path.nodes.at(-1)?.encryptedPathSecrets).toEqual([]);
    const merged = mergePath(suite, grown, sender, made.path, added);
    const secret = pathSecretFor(made.fresh, leafIndex).slice();
    expect(joinPath(suite, merged, sender, leafIndex, secret).commitSecret).toEqual(made.fresh.commitSecret);
    refuses("mls-path-ciphertexts", () => mergePath(suite, grown, sender, made.path, noLeaves));
  });

  test("a member that the same commit adds below a parent with a key gets no ciphertext either", () => {
    const seventh = freshPath(removeLeaf(tree, 6), clients, 4).tree;
    const { tree: grown, leafIndex } = addLeaf(seventh, client("new").leaf);
    expect(leafIndex).toBe(6);
    const copath = filteredDirectPath(grown, sender).at(-1)?.copath;
    const all = copath && resolutionOf(copath).map(({ index }) => index);
    const others = copath && resolutionOf(copath, new Set([6])).map(({ index }) => index);
    expect([all, others]).toEqual([[11, 12], [11]]);
  });

  test("mls-path-decryption, mls-welcome-path-secret: a secret without its last byte, even where that is zero", () => {
    // HMAC pads keys with zero bytes, so both lengths lead to the same keys.
    const cold = coldTree(2);
    for (let seed = 0; ; seed++) {
      const made = freshPath(cold.tree, cold.clients, 0, noLeaves, seed);
      const secret = pathSecretFor(made.fresh, 1);
      if (secret.at(-1) !== 0) continue;
      const shorter = secret.slice(0, -1);
      refuses("mls-welcome-path-secret", () => joinPath(suite, made.tree, 0, 1, shorter.slice()));
      const key = cold.clients[1]?.leaf.encryptionKey as Uint8Array;
      const seed32 = seededRandom("seal")(suite.kem.seedSize);
      const sealed = encryptWithLabel(suite, "UpdatePathNode", made.groupContext)(key, shorter, seed32);
      const [node] = made.path.nodes as [UpdatePathNode];
      const nodes = [{ ...node, encryptedPathSecrets: [sealed] }] as UpdatePathNode[];
      const own = { ...reader(1, made.tree), sender: 0, privateKeys: leafKeys(1) };
      refuses("mls-path-decryption", () => openPath(suite, { ...made.path, nodes }, own));
      return;
    }
  });

  test("an external joiner makes a path from a leaf that is still blank", () => {
    const joiner = client("joiner");
    const room = withRoom(removeLeaf(tree, 4));
    expect(room.leafIndex).toBe(4);
    const maker = {
      leaf: joiner.leaf,
      signaturePrivateKey: joiner.signature.privateKey,
      groupId,
      random: seededRandom("external"),
    };
    const made = createPath(suite, room.tree, room.leafIndex, maker);
    expect(leafAt(made.tree, 4)?.signatureKey).toEqual(joiner.leaf.signatureKey);
  });

  test("path secrets are overwritten when they are no longer needed, keys are not", () => {
    const made = freshPath(tree, clients, sender).fresh;
    wipePathSecrets(made);
    for (const { pathSecret, keyPair } of made.nodes) {
      expect(pathSecret).toEqual(new Uint8Array(32));
      expect(suite.kem.publicKey(keyPair.privateKey)).toEqual(keyPair.publicKey);
    }
  });
});

describe("private keys", () => {
  test("of nodes that were replaced, blanked or cut off are dropped, others kept", () => {
    const keys = withItems(leafKeys(3), fresh.privateKeys.slice(1));
    const all = [6, ...fresh.nodes.map(({ index }) => index)];
    expect(keepKeys(keys, fresh.tree, fresh.tree)).toEqual({ keys, dropped: [] });

    const joined = addLeaf(fresh.tree, client("new").leaf).tree;
    expect(keepKeys(keys, fresh.tree, joined).dropped).toEqual([]);

    const removed = removeLeaf(fresh.tree, 7);
    const kept = keepKeys(keys, fresh.tree, removed);
    expect(all.filter((index) => itemAt(kept.keys, index) !== undefined)).toEqual([6, 5, 3]);
    expect(kept.dropped).toHaveLength(1);

    const next = freshPath(fresh.tree, clients, 0, noLeaves, "next").tree;
    const after = keepKeys(keys, fresh.tree, next);
    expect(all.filter((index) => itemAt(after.keys, index) !== undefined)).toEqual([6, 5]);
  });
});
