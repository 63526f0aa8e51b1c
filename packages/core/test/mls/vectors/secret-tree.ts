import { fromHex } from "../../../src/codec/hex.ts";
import type { CipherSuite } from "../../../src/crypto/suite.ts";
import { createSecretTree, keyAt, nextKey, type RatchetKind } from "../../../src/mls/secret-tree.ts";
import { senderDataKey } from "../../../src/mls/sender-data.ts";
import { assertHex, type Outcome, skippedSuite, suiteOf } from "./tools.ts";

interface Leaf {
  generation: number;
  handshake_key: string;
  handshake_nonce: string;
  application_key: string;
  application_nonce: string;
}

interface SecretTreeCase {
  cipher_suite: number;
  encryption_secret: string;
  sender_data: { sender_data_secret: string; ciphertext: string; key: string; nonce: string };
  leaves: Leaf[][];
}

/** Runs one case of `secret-tree.json`. */
export function run(vector: unknown): Outcome {
  const { cipher_suite, encryption_secret, sender_data, leaves } = vector as SecretTreeCase;
  const suite = suiteOf(cipher_suite);
  if (suite === undefined) return skippedSuite(cipher_suite);
  const { key, nonce } = senderDataKey(
    suite,
    fromHex(sender_data.sender_data_secret),
    fromHex(sender_data.ciphertext),
  );
  assertHex(key, sender_data.key, "sender_data.key");
  assertHex(nonce, sender_data.nonce, "sender_data.nonce");
  for (const kind of ["handshake", "application"] as const)
    checkLeaves(suite, kind, encryption_secret, leaves);
  return "passed";
}

function checkLeaves(
  suite: CipherSuite,
  kind: RatchetKind,
  encryptionSecret: string,
  leaves: Leaf[][],
): void {
  let received = createSecretTree(fromHex(encryptionSecret), leaves.length);
  for (const [leaf, generations] of leaves.entries()) {
    let sent = createSecretTree(fromHex(encryptionSecret), leaves.length);
    let next = 0;
    for (const expected of generations) {
      const step = keyAt(suite, received, leaf, kind, expected.generation);
      received = step.tree;
      assertHex(step.key.key, expected[`${kind}_key`], `${kind} key of leaf ${leaf}`);
      assertHex(step.key.nonce, expected[`${kind}_nonce`], `${kind} nonce of leaf ${leaf}`);
      for (; next <= expected.generation; next++) {
        const own = nextKey(suite, sent, leaf, kind);
        sent = own.tree;
        if (next === expected.generation) assertHex(own.key.key, expected[`${kind}_key`], "key to send with");
      }
    }
  }
}
