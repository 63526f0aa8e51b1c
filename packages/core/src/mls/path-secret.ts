import { sameBytes } from "../codec/bytes.ts";
import { deriveSecret } from "../crypto/labels.ts";
import type { CipherSuite, KeyPair } from "../crypto/suite.ts";
import { wipe } from "../crypto/wipe.ts";
import type { ResolvedNode } from "./tree-path.ts";

/** The key pair of the node that a path secret is for (RFC 9420 §7.4). */
export function nodeKeyPair(suite: CipherSuite, pathSecret: Uint8Array): KeyPair {
  const nodeSecret = deriveSecret(suite, pathSecret, "node");
  const keyPair = suite.kem.deriveKeyPair(nodeSecret);
  wipe(nodeSecret);
  return keyPair;
}

/** The path secret of the next node up, or the commit secret after the last one (RFC 9420 §7.4, §12.4.1). */
export function nextPathSecret(suite: CipherSuite, pathSecret: Uint8Array): Uint8Array {
  return deriveSecret(suite, pathSecret, "path");
}

/** What a path secret gives to the member who received it. */
export interface LearnedPath {
  /** Private keys by node index. */
  readonly privateKeys: readonly (readonly [index: number, privateKey: Uint8Array])[];
  /** The secret after the last node. */
  readonly commitSecret: Uint8Array;
}

/**
 * Derives the private keys of `nodes`, lowest first, from the path secret of the first one. Overwrites the secret.
 * `undefined` where a derived public key is not the one of its node.
 */
export function learnPath(
  suite: CipherSuite,
  pathSecret: Uint8Array,
  nodes: readonly ResolvedNode[],
): LearnedPath | undefined {
  const privateKeys: (readonly [number, Uint8Array])[] = [];
  let secret = pathSecret;
  for (const { index, encryptionKey } of nodes) {
    const { publicKey, privateKey } = nodeKeyPair(suite, secret);
    privateKeys.push([index, privateKey]);
    const next = nextPathSecret(suite, secret);
    wipe(secret);
    secret = next;
    if (!sameBytes(publicKey, encryptionKey)) {
      wipe(secret, ...privateKeys.map(([, key]) => key));
      return undefined;
    }
  }
  return { privateKeys, commitSecret: secret };
}
