import { describe, expect, test } from "vitest";
import { utf8 } from "../../src/codec/utf8.ts";
import { encode } from "../../src/codec/writer.ts";
import { type LeafNode, signLeafNode } from "../../src/mls/leaf-node.ts";
import { hashPath, isParentHashValid } from "../../src/mls/parent-hash.ts";
import {
  addLeaf,
  decodeRatchetTree,
  type RatchetTree,
  removeLeaf,
  treeOf,
  withPath,
} from "../../src/mls/ratchet-tree.ts";
import type { Rule } from "../../src/mls/rule.ts";
import { subtreeAt } from "../../src/mls/subtree.ts";
import { checkAllKeys, checkLeafKeys } from "../../src/mls/tree-key-check.ts";
import { type ParentNode, type TreeNode, writeTreeNodes } from "../../src/mls/tree-nodes.ts";
import { nodesOf } from "../../src/mls/tree-shape.ts";
import { validateTree } from "../../src/mls/tree-validation.ts";
import {
  type Client,
  client,
  coldTree,
  contextOf,
  everybody,
  groupId,
  suite,
  warmTree,
  withFreshPath,
} from "./tree-kit.ts";

type Nodes = (TreeNode | undefined)[];

function refuses(rule: Rule, check: () => unknown): void {
  expect(check).toThrow(expect.objectContaining({ code: rule }));
}

const treeOfNodes = (nodes: Nodes): RatchetTree => decodeRatchetTree(encode(writeTreeNodes, nodes));

/** A tree with other nodes, as an insider would make it up: everything but what is changed stays as it is. */
function tampered(tree: RatchetTree, change: (nodes: Nodes) => void): RatchetTree {
  const nodes = nodesOf(tree.root);
  change(nodes);
  return treeOfNodes(nodes);
}

function parentIn(nodes: Nodes, index: number): ParentNode {
  const node = nodes[index];
  if (node?.type !== "parent") throw new Error(`node ${index} is no parent`);
  return node.parentNode;
}

function setParent(nodes: Nodes, index: number, changes: Partial<ParentNode>): void {
  nodes[index] = { type: "parent", parentNode: { ...parentIn(nodes, index), ...changes } };
}

const leafOf = (name: string, changes = {}): TreeNode => ({
  type: "leaf",
  leafNode: client(name, changes).leaf,
});

describe("the shape of a tree (RFC 9420 §12.4.3.3)", () => {
  const { tree } = warmTree(4, [0]);
  const nodes = () => nodesOf(tree.root);

  test("mls-tree-shape: no nodes", () => refuses("mls-tree-shape", () => treeOfNodes([])));

  test("mls-tree-shape: a blank node at the end", () => {
    refuses("mls-tree-shape", () => treeOfNodes([...nodes(), undefined]));
    refuses("mls-tree-shape", () => treeOfNodes([undefined]));
  });

  test("mls-tree-shape: a parent at the end, an even number of nodes", () => {
    refuses("mls-tree-shape", () => treeOfNodes(nodes().slice(0, 2)));
    refuses("mls-tree-shape", () => treeOfNodes(nodes().slice(0, 4)));
  });

  test("mls-tree-shape: a leaf in the place of a parent, a parent in that of a leaf", () => {
    refuses("mls-tree-shape", () => treeOfNodes([leafOf("a"), leafOf("b"), leafOf("c")]));
    refuses("mls-tree-shape", () => treeOfNodes([leafOf("a"), leafOf("b")]));
    const [, parent] = nodes();
    refuses("mls-tree-shape", () => treeOfNodes([parent, undefined, leafOf("c")]));
  });

  test("blank nodes at the left and in between are all right", () => {
    const sparse = treeOfNodes([undefined, undefined, undefined, undefined, leafOf("c")]);
    expect(sparse.leafCount).toBe(4);
  });
});

describe("unmerged leaves (RFC 9420 §7.1, §12.4.3.1)", () => {
  // Leaves 1 and 3 came after the paths of 0 and 2, so nodes 1, 3 and 5 list them.
  const { tree: first, clients } = coldTree(6);
  const base = withFreshPath(withFreshPath(first, clients, 0), clients, 4);
  const without = [1, 3].reduce((tree, leafIndex) => removeLeaf(tree, leafIndex), base);
  const paths = [0, 2, 4].reduce((tree, leafIndex) => withFreshPath(tree, clients, leafIndex), without);
  const tree = addLeaf(addLeaf(paths, client("x").leaf).tree, client("y").leaf).tree;

  test("the tree they are taken from is right", () => {
    const nodes = nodesOf(tree.root);
    expect(parentIn(nodes, 3).unmergedLeaves).toEqual([1, 3]);
    expect(parentIn(nodes, 7).unmergedLeaves).toEqual([1, 3]);
    validateTree(suite, tree, contextOf(tree), { credentials: everybody });
  });

  test.each([
    ["not sorted", [3, 1]],
    ["the same one twice", [1, 1, 3]],
    ["a leaf that is not below", [1, 3, 4]],
    ["a leaf outside of the tree", [1, 3, 8]],
    ["a leaf whose number only looks like one below", [1, 3, 2 ** 31]],
  ])("mls-tree-unmerged: %s", (_, unmergedLeaves) => {
    refuses("mls-tree-unmerged", () => tampered(tree, (nodes) => setParent(nodes, 3, { unmergedLeaves })));
  });

  test("mls-tree-unmerged: a blank leaf", () => {
    refuses("mls-tree-unmerged", () =>
      tampered(tree, (nodes) => {
        nodes[6] = undefined;
      }),
    );
  });

  test("mls-tree-unmerged: a parent in between does not list it", () => {
    refuses("mls-tree-unmerged", () =>
      tampered(tree, (nodes) => setParent(nodes, 3, { unmergedLeaves: [3] })),
    );
    refuses("mls-tree-unmerged", () =>
      tampered(tree, (nodes) => setParent(nodes, 3, { unmergedLeaves: [] })),
    );
  });

  test("mls-tree-parent-hash: a leaf that was there is called unmerged, so that it is left out of the hash", () => {
    const changed = tampered(tree, (nodes) => {
      setParent(nodes, 3, { unmergedLeaves: [0, 1, 3] });
      setParent(nodes, 7, { unmergedLeaves: [0, 1, 3] });
    });
    expect(isParentHashValid(suite, changed)).toBe(false);
  });

  test("mls-tree-parent-hash: a leaf that was added is not called unmerged any more", () => {
    const changed = tampered(tree, (nodes) => setParent(nodes, 7, { unmergedLeaves: [1] }));
    expect(isParentHashValid(suite, changed)).toBe(false);
  });
});

describe("parent hashes (RFC 9420 §7.9.2)", () => {
  const { tree } = warmTree(8, [0, 5, 2]);

  function refusesTree(changed: RatchetTree): void {
    const context = contextOf(changed);
    refuses("mls-tree-parent-hash", () => validateTree(suite, changed, context, { credentials: everybody }));
  }

  test("a tree after several paths is valid", () => {
    validateTree(suite, tree, contextOf(tree), { credentials: everybody });
  });

  test("mls-tree-parent-hash: any key of any parent replaced", () => {
    for (const [index, node] of nodesOf(tree.root).entries()) {
      if (node?.type !== "parent") continue;
      const { encryptionKey } = client("mallory").leaf;
      refusesTree(tampered(tree, (nodes) => setParent(nodes, index, { encryptionKey })));
    }
  });

  test("mls-tree-parent-hash: any parent hash changed, empty or copied", () => {
    const nodes = nodesOf(tree.root);
    for (const [index, node] of nodes.entries()) {
      if (node?.type !== "parent" || index === 7) continue;
      for (const parentHash of [utf8("another"), new Uint8Array(0)]) {
        const changed = tampered(tree, (all) => setParent(all, index, { parentHash }));
        expect(isParentHashValid(suite, changed)).toBe(false);
      }
    }
    refusesTree(tampered(tree, (all) => setParent(all, 7, { parentHash: utf8("root") })));
  });

  test("mls-tree-parent-hash: a parent that nobody set", () => {
    const { tree: cold } = coldTree(4);
    const { encryptionKey } = client("mallory").leaf;
    const parentNode = { encryptionKey, parentHash: new Uint8Array(0), unmergedLeaves: [] };
    for (const index of [1, 3, 5]) {
      refusesTree(
        tampered(cold, (nodes) => {
          nodes[index] = { type: "parent", parentNode };
        }),
      );
    }
  });

  test("mls-tree-parent-hash: a parent that was set, put back after it was blanked", () => {
    const blanked = removeLeaf(tree, 3);
    const put = nodesOf(tree.root);
    for (const index of [3, 5, 7]) {
      refusesTree(
        tampered(blanked, (nodes) => {
          nodes[index] = put[index];
        }),
      );
    }
  });

  test("mls-tree-parent-hash: a leaf that vouches for a parent past a neighbour it left out", () => {
    // Leaf 0 skips node 1, so that leaf 1 gets no secret, and signs the hash of node 3 itself.
    const { tree: cold, clients } = coldTree(4);
    const { encryptionKey } = client("mallory").leaf;
    const path = [{ index: 3, copath: subtreeAt(cold.root, 5) }];
    const { parents, leafParentHash: parentHash } = hashPath(suite, path, [encryptionKey]);
    const { leaf, signature } = clients[0] as Client;
    const content = { ...leaf, source: { type: "commit", parentHash } } as const;
    const signed = signLeafNode(suite, signature.privateKey, content, { groupId, leafIndex: 0 });
    refusesTree(withPath(cold, 0, signed, parents));
    // The same is right where there is no neighbour to leave out.
    const alone = removeLeaf(cold, 1);
    const right = withPath(alone, 0, signed, parents);
    validateTree(suite, right, contextOf(right), { credentials: everybody });
  });

  test("members who came between two paths count for the later one and not for the earlier one", () => {
    // Node 7 was set before leaf 5 came, node 15 after it, and leaf 6 came last.
    const { tree: full, clients } = coldTree(12);
    const early = withFreshPath(
      [5, 6].reduce((at, leafIndex) => removeLeaf(at, leafIndex), full),
      clients,
      0,
    );
    const later = withFreshPath(addLeaf(early, client("x").leaf).tree, clients, 8);
    const last = addLeaf(later, client("y").leaf).tree;
    const nodes = nodesOf(last.root);
    expect([parentIn(nodes, 7).unmergedLeaves, parentIn(nodes, 15).unmergedLeaves]).toEqual([[5, 6], [6]]);
    validateTree(suite, last, contextOf(last), { credentials: everybody });
  });

  test("mls-tree-parent-hash: the sibling of a path changed without a path", () => {
    const changed = tampered(tree, (nodes) => {
      nodes[6] = leafOf("someone else");
    });
    refusesTree(changed);
  });
});

describe("a tree that comes from elsewhere (RFC 9420 §12.4.3.1)", () => {
  const { tree, clients } = warmTree(4, [1, 2]);
  const validate = (given: RatchetTree, context = contextOf(given)) =>
    validateTree(suite, given, context, { credentials: everybody });

  test("mls-tree-hash: it is not the one named", () => {
    refuses("mls-tree-hash", () => validate(tree, contextOf(withFreshPath(tree, clients, 0))));
    refuses("mls-tree-hash", () => validate(tree, contextOf(tree, { treeHash: new Uint8Array(0) })));
  });

  test("mls-leaf-signature: a leaf was moved to another place", () => {
    const { tree: cold } = coldTree(2);
    const moved = tampered(cold, (nodes) => {
      nodes[2] = leafOf("moved", { source: { type: "update" } });
    });
    refuses("mls-leaf-signature", () => validate(moved));
  });

  test("mls-leaf-signature-key, mls-leaf-encryption-key: two leaves share a key", () => {
    const { signatureKey, encryptionKey } = client("0").leaf;
    const twice = (changes: Partial<LeafNode>) =>
      addLeaf(treeOf(client("0").leaf), client("1", changes).leaf).tree;
    refuses("mls-leaf-signature-key", () => validate(twice({ signatureKey })));
    refuses("mls-leaf-encryption-key", () => validate(twice({ encryptionKey })));
    refuses("mls-leaf-signature-key", () => checkLeafKeys(twice({ signatureKey }), [1]));
    refuses("mls-leaf-encryption-key", () => checkLeafKeys(twice({ encryptionKey }), [1]));
    refuses("mls-leaf-signature-key", () => checkLeafKeys(twice({ signatureKey }), [0, 1]));
    refuses("mls-leaf-encryption-key", () => checkLeafKeys(twice({ encryptionKey }), [0, 1]));
    checkLeafKeys(tree, [0, 1, 2, 3]);
  });

  test("mls-tree-key: a parent has the key of another node", () => {
    const root = parentIn(nodesOf(tree.root), 3).encryptionKey;
    const twice = tampered(tree, (nodes) => setParent(nodes, 1, { encryptionKey: root }));
    refuses("mls-tree-key", () => checkAllKeys(twice));
    const { encryptionKey } = client("0").leaf;
    const likeLeaf = tampered(tree, (nodes) => setParent(nodes, 3, { encryptionKey }));
    refuses("mls-tree-key", () => validate(likeLeaf));
    const { tree: withLeaf } = addLeaf(tree, client("x", { encryptionKey: root }).leaf);
    refuses("mls-tree-key", () => checkAllKeys(withLeaf));
    refuses("mls-tree-key", () => checkLeafKeys(withLeaf, [4]));
  });

  test("what a leaf must support is checked of every leaf", () => {
    const extensions = [{ type: 70, data: utf8("") }];
    refuses("mls-leaf-group-extension", () => validate(tree, contextOf(tree, { extensions })));
  });

  test("mls-leaf-credential-type: a member does not support the credential of another one", () => {
    const { tree: pair } = coldTree(1);
    const capabilities = { ...client("0").leaf.capabilities, credentials: [1, 2] };
    const credential = { type: "x509", certificates: [utf8("certificate")] } as const;
    const mixed = addLeaf(pair, client("cal", { credential, capabilities }).leaf).tree;
    refuses("mls-leaf-credential-type", () => validate(mixed));
  });

  test("lifetimes count only where the time is given", () => {
    const context = contextOf(tree);
    refuses("mls-leaf-lifetime", () =>
      validateTree(suite, tree, context, { credentials: everybody, now: 3_000_000 }),
    );
    validate(tree);
  });
});
