import { utf8 } from "../codec/utf8.ts";
import { expandWithLabel } from "../crypto/labels.ts";
import type { CipherSuite } from "../crypto/suite.ts";
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
): SecretTreeStep {
  return step(suite, tree, leaf, kind, (ratchet) => stepTo(suite, ratchet, generation));
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

/** Derives down to a leaf that has not sent so far: the path is consumed, the nodes beside it are kept. */
function openLeaf(suite: CipherSuite, tree: SecretTree, leaf: number) {
  const changes: [index: number, secret: Uint8Array | undefined][] = [];
  const consumed: Uint8Array[] = [];
  const target = 2 * leaf;
  let node = tree.leafCount - 1;
  let half = tree.leafCount / 2;
  let secret = itemAt(tree.nodes, node);
  while (node !== target) {
    const [near, far] = target < node ? [node - half, node + half] : [node + half, node - half];
    if (secret === undefined) {
      secret = itemAt(tree.nodes, near);
    } else {
      const left = expandWithLabel(suite, secret, "tree", leftContext, suite.kdf.size);
      const right = expandWithLabel(suite, secret, "tree", rightContext, suite.kdf.size);
      consumed.push(secret);
      changes.push([node, undefined], [far, target < node ? right : left]);
      secret = target < node ? left : right;
    }
    node = near;
    half /= 2;
  }
  // Somewhere above an unopened leaf there is always a secret: opening leaves one beside each node of its path.
  if (secret === undefined) throw new TypeError("A leaf is outside of the secret tree.");
  consumed.push(secret);
  changes.push([target, undefined]);
  const first = (label: string): SenderRatchet => ({
    secret: expandWithLabel(suite, secret, label, new Uint8Array(0), suite.kdf.size),
    generation: 0,
    skipped: [],
  });
  const ratchets: SenderRatchets = { handshake: first("handshake"), application: first("application") };
  return { ratchets, nodes: withItems(tree.nodes, changes), consumed };
}

const leftContext = utf8("left");
const rightContext = utf8("right");
