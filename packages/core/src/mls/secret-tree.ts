import { expandWithLabel } from "../crypto/labels.ts";
import type { CipherSuite } from "../crypto/suite.ts";
import { takeLeafSecret } from "./leaf-secret.ts";
import { type MessageKey, nextStep, type RatchetStep, type SenderRatchet, stepTo } from "./sender-ratchet.ts";
import { itemAt, type SparseArray, withItems } from "./sparse-array.ts";

/** Which of the two ratchets of a sender (RFC 9420 §9): proposals and commits, or application data. */
export type RatchetKind = "handshake" | "application";

/** Both ratchets of one sender. */
export interface SenderRatchets {
  readonly handshake: SenderRatchet;
  readonly application: SenderRatchet;
}

/**
 * The secret tree of one epoch (RFC 9420 §9): node secrets nobody has used yet, and the ratchets of those who have
 * sent. Immutable; a step replaces what it consumed and shares the rest, so its cost does not grow with the group.
 */
export interface SecretTree {
  /** Leaves of the full tree: a power of two. */
  readonly leafCount: number;
  /** By node index (RFC 9420, appendix C). */
  readonly nodes: SparseArray<Uint8Array>;
  /** By leaf index. */
  readonly ratchets: SparseArray<SenderRatchets>;
}

/** A message key and the tree without it. */
export interface SecretTreeStep {
  readonly key: MessageKey;
  readonly tree: SecretTree;
  /**
   * Secrets of the tree before that the tree after does not hold, with the key itself. The caller overwrites them once
   * the tree after is durable; until then the tree before must stay usable.
   */
  readonly consumed: readonly Uint8Array[];
}

/** The tree of a new epoch. Takes `encryptionSecret` over: it is the secret of the root. */
export function createSecretTree(encryptionSecret: Uint8Array, leafCount: number): SecretTree {
  return { leafCount, nodes: withItems([], [[leafCount - 1, encryptionSecret]]), ratchets: [] };
}

/** The next unused key of a sender, for a message to send; errors as of {@link nextStep}. */
export function nextKey(
  suite: CipherSuite,
  tree: SecretTree,
  leaf: number,
  kind: RatchetKind,
): SecretTreeStep {
  return step(suite, tree, leaf, kind, (ratchet) => nextStep(suite, ratchet));
}

/** The key of a received message; errors as of {@link stepTo}. `leaf` must be inside the tree. */
export function keyAt(
  suite: CipherSuite,
  tree: SecretTree,
  leaf: number,
  kind: RatchetKind,
  generation: number,
  lost?: number,
): SecretTreeStep {
  return step(suite, tree, leaf, kind, (ratchet) => stepTo(suite, ratchet, generation, lost));
}

function step(
  suite: CipherSuite,
  tree: SecretTree,
  leaf: number,
  kind: RatchetKind,
  take: (ratchet: SenderRatchet) => RatchetStep,
): SecretTreeStep {
  const known = itemAt(tree.ratchets, leaf);
  const opened =
    known === undefined ? openLeaf(suite, tree, leaf) : { ratchets: known, nodes: tree.nodes, consumed: [] };
  const { key, ratchet, consumed } = take(opened.ratchets[kind]);
  const ratchets = withItems(tree.ratchets, [[leaf, { ...opened.ratchets, [kind]: ratchet }]]);
  return {
    key,
    tree: { leafCount: tree.leafCount, nodes: opened.nodes, ratchets },
    consumed: [...opened.consumed, ...consumed],
  };
}

/** The ratchets of a leaf that has not sent so far, and the nodes beside the path to it. */
function openLeaf(suite: CipherSuite, tree: SecretTree, leaf: number) {
  const taken = takeLeafSecret(suite, (index) => itemAt(tree.nodes, index), tree.leafCount, leaf);
  // Somewhere above an unopened leaf there is always a secret: opening leaves one beside each node of its path.
  if (taken === undefined) throw new TypeError("A leaf is outside of the secret tree.");
  const { secret } = taken;
  const first = (label: string): SenderRatchet => ({
    secret: expandWithLabel(suite, secret, label, new Uint8Array(0), suite.kdf.size),
    generation: 0,
    skipped: [],
  });
  const ratchets: SenderRatchets = { handshake: first("handshake"), application: first("application") };
  return { ratchets, nodes: withItems(tree.nodes, taken.changes), consumed: [...taken.consumed, secret] };
}
