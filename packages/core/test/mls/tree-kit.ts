import { utf8 } from "../../src/codec/utf8.ts";
import type { CipherSuite, KeyPair } from "../../src/crypto/suite.ts";
import { defaultCryptoProvider } from "../../src/crypto.ts";
import type { UpdatePath } from "../../src/mls/commit.ts";
import { createPath, sealPath } from "../../src/mls/create-path.ts";
import type { CredentialValidator } from "../../src/mls/credential.ts";
import type { GroupContext } from "../../src/mls/group-context.ts";
import { type LeafNode, type LeafNodeContent, signLeafNode } from "../../src/mls/leaf-node.ts";
import { mls10 } from "../../src/mls/protocol-version.ts";
import { addLeaf, leafAt, type RatchetTree, treeOf } from "../../src/mls/ratchet-tree.ts";
import { treeHashOf } from "../../src/mls/tree-hash.ts";
import { noLeaves } from "../../src/mls/tree-path.ts";
import { seededRandom } from "../../src/testing/seeded-random.ts";

export const suite = defaultCryptoProvider().suite(1) as CipherSuite;
export const groupId = utf8("group");

/** A client with its keys, made from a name: the same name, the same keys. */
export interface Client {
  readonly name: string;
  readonly signature: KeyPair;
  readonly encryption: KeyPair;
  readonly leaf: LeafNode;
}

export const everybody: CredentialValidator = { isValid: () => true };

export function client(name: string, changes: Partial<LeafNodeContent> = {}): Client {
  const random = seededRandom(name);
  const signature = suite.signature.deriveKeyPair(random(suite.signature.seedSize));
  const encryption = suite.kem.deriveKeyPair(random(suite.kdf.size));
  const content: LeafNodeContent = {
    encryptionKey: encryption.publicKey,
    signatureKey: signature.publicKey,
    credential: { type: "basic", identity: utf8(name) },
    capabilities: {
      versions: [mls10],
      cipherSuites: [suite.id],
      extensions: [],
      proposals: [],
      credentials: [1],
    },
    source: { type: "key-package", lifetime: { notBefore: 1_000n, notAfter: 2_000n } },
    extensions: [],
    ...changes,
  };
  const leaf = signLeafNode(suite, signature.privateKey, content, { groupId, leafIndex: 0 });
  return { name, signature, encryption, leaf };
}

/** Clients `0`, `1`, … each at the leaf of its number, no parent set. */
export function coldTree(size: number): { tree: RatchetTree; clients: Client[] } {
  const clients = Array.from({ length: size }, (_, i) => client(`${i}`));
  const [first, ...rest] = clients as [Client, ...Client[]];
  return { tree: rest.reduce((tree, { leaf }) => addLeaf(tree, leaf).tree, treeOf(first.leaf)), clients };
}

/** A tree after a path by each of `committers` in turn. */
export function warmTree(
  size: number,
  committers: readonly number[],
): { tree: RatchetTree; clients: Client[] } {
  const { tree, clients } = coldTree(size);
  return { tree: committers.reduce((at, leafIndex) => withFreshPath(at, clients, leafIndex), tree), clients };
}

/** A tree after a path by the client at a leaf. */
export function withFreshPath(tree: RatchetTree, clients: readonly Client[], leafIndex: number): RatchetTree {
  return freshPath(tree, clients, leafIndex).tree;
}

/** A path by the client at a leaf, and the tree with it. */
export function freshPath(
  tree: RatchetTree,
  clients: readonly Client[],
  leafIndex: number,
  added: ReadonlySet<number> = noLeaves,
  seed: string | number = `path ${leafIndex}`,
) {
  const random = seededRandom(seed);
  const leaf = leafAt(tree, leafIndex) as LeafNode;
  const signaturePrivateKey = (clients[leafIndex] as Client).signature.privateKey;
  const fresh = createPath(suite, tree, leafIndex, { leaf, signaturePrivateKey, groupId, random });
  const groupContext = utf8("context");
  const path: UpdatePath = sealPath(suite, fresh, groupContext, added, random);
  return { fresh, path, tree: fresh.tree, groupContext };
}

export function contextOf(tree: RatchetTree, changes: Partial<GroupContext> = {}): GroupContext {
  return {
    version: mls10,
    cipherSuite: suite.id,
    groupId,
    epoch: 1n,
    treeHash: treeHashOf(suite, tree),
    confirmedTranscriptHash: new Uint8Array(0),
    extensions: [],
    ...changes,
  };
}
