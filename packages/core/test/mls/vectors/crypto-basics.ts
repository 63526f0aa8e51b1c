import assert from "node:assert/strict";
import { fromHex } from "../../../src/codec/hex.ts";
import {
  decryptWithLabel,
  deriveSecret,
  deriveTreeSecret,
  encryptWithLabel,
  expandWithLabel,
  refHash,
  signWithLabel,
  verifyWithLabel,
} from "../../../src/crypto/labels.ts";
import type { CipherSuite } from "../../../src/crypto/suite.ts";
import { assertHex, type Outcome, skippedSuite, suiteOf } from "./tools.ts";

interface CryptoBasicsCase {
  cipher_suite: number;
  ref_hash: { label: string; value: string; out: string };
  expand_with_label: { secret: string; label: string; context: string; length: number; out: string };
  derive_secret: { secret: string; label: string; out: string };
  derive_tree_secret: { secret: string; label: string; generation: number; length: number; out: string };
  sign_with_label: { priv: string; pub: string; content: string; label: string; signature: string };
  encrypt_with_label: {
    priv: string;
    pub: string;
    label: string;
    context: string;
    plaintext: string;
    kem_output: string;
    ciphertext: string;
  };
}

/** Runs one case of `crypto-basics.json`. */
export function run(vector: unknown): Outcome {
  const given = vector as CryptoBasicsCase;
  const suite = suiteOf(given.cipher_suite);
  if (suite === undefined) return skippedSuite(given.cipher_suite);
  const { ref_hash, expand_with_label: expand, derive_secret: derive, derive_tree_secret: tree } = given;
  assertHex(refHash(suite, ref_hash.label, fromHex(ref_hash.value)), ref_hash.out, "ref_hash");
  const context = fromHex(expand.context);
  const expanded = expandWithLabel(suite, fromHex(expand.secret), expand.label, context, expand.length);
  assertHex(expanded, expand.out, "expand_with_label");
  assertHex(deriveSecret(suite, fromHex(derive.secret), derive.label), derive.out, "derive_secret");
  const { label, generation, length } = tree;
  const derived = deriveTreeSecret(suite, fromHex(tree.secret), label, generation, length);
  assertHex(derived, tree.out, "derive_tree_secret");
  checkSignature(suite, given.sign_with_label);
  checkEncryption(suite, given.encrypt_with_label);
  return "passed";
}

function checkSignature(suite: CipherSuite, given: CryptoBasicsCase["sign_with_label"]): void {
  const [publicKey, content] = [fromHex(given.pub), fromHex(given.content)];
  assert.ok(verifyWithLabel(suite, publicKey, given.label, content, fromHex(given.signature)));
  const signature = signWithLabel(suite, fromHex(given.priv), given.label, content);
  assert.ok(verifyWithLabel(suite, publicKey, given.label, content, signature));
}

function checkEncryption(suite: CipherSuite, given: CryptoBasicsCase["encrypt_with_label"]): void {
  const keyPair = { publicKey: fromHex(given.pub), privateKey: fromHex(given.priv) };
  const [context, plaintext] = [fromHex(given.context), fromHex(given.plaintext)];
  const sent = { kemOutput: fromHex(given.kem_output), ciphertext: fromHex(given.ciphertext) };
  assert.deepEqual(decryptWithLabel(suite, keyPair, given.label, context, sent), plaintext);
  const seed = new Uint8Array(suite.kem.seedSize).fill(7);
  const sealed = encryptWithLabel(suite, given.label, context)(keyPair.publicKey, plaintext, seed);
  assert.ok(sealed !== undefined);
  assert.deepEqual(decryptWithLabel(suite, keyPair, given.label, context, sealed), plaintext);
}
