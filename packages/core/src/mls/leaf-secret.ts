import { utf8 } from "../codec/utf8.ts";
import { expandWithLabel } from "../crypto/labels.ts";
import type { CipherSuite } from "../crypto/suite.ts";

/** The secret of a leaf, and what taking it makes of the tree. */
export interface LeafSecret {
  readonly secret: Uint8Array;
  /** By node index: the secrets beside the path, and `undefined` for those on it, which must not stay. */
  readonly changes: readonly (readonly [index: number, secret: Uint8Array | undefined])[];
  /** What the tree held on the path: to be overwritten once the tree without it is durable. Not the secret itself. */
  readonly consumed: readonly Uint8Array[];
}

/**
 * Derives the secret of a leaf from the nearest node above it that has one (RFC 9420 §9, §9.2). `undefined` where there
 * is none: the leaf's secret was taken before.
 *
 * @param leafCount - a power of two
 */
export function takeLeafSecret(
  suite: CipherSuite,
  secretAt: (index: number) => Uint8Array | undefined,
  leafCount: number,
  leaf: number,
): LeafSecret | undefined {
  const changes: [index: number, secret: Uint8Array | undefined][] = [];
  const consumed: Uint8Array[] = [];
  const target = 2 * leaf;
  let node = leafCount - 1;
  let half = leafCount / 2;
  let secret = secretAt(node);
  while (node !== target) {
    const [near, far] = target < node ? [node - half, node + half] : [node + half, node - half];
    if (secret === undefined) {
      secret = secretAt(near);
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
  if (secret === undefined) return undefined;
  changes.push([target, undefined]);
  return { secret, changes, consumed };
}

const leftContext = utf8("left");
const rightContext = utf8("right");
