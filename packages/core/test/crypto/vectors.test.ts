import { describe, expect, test } from "vitest";
import { fromHex, hex } from "../../src/codec/hex.ts";
import {
  decryptWithLabel,
  deriveSecret,
  deriveTreeSecret,
  encryptWithLabel,
  expandWithLabel,
  refHash,
  signWithLabel,
  verifyWithLabel,
} from "../../src/crypto/labels.ts";
import { defaultCryptoProvider, nobleCryptoProvider } from "../../src/crypto.ts";
import { vectorFile } from "../vectors.ts";
import { everySuite } from "./every-suite.ts";

interface CryptoBasics {
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

const vectors = (vectorFile("crypto-basics.json") ?? []) as CryptoBasics[];
const providers = [nobleCryptoProvider, defaultCryptoProvider()].map(everySuite);

describe("crypto-basics.json", () => {
  test("providers have the seven suites of RFC 9420", () => {
    for (const provider of providers) {
      expect([1, 2, 3, 4, 5, 6, 7].map((id) => provider.suite(id)?.id)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    }
  });

  for (const provider of providers) {
    for (const vector of vectors) {
      const suite = provider.suite(vector.cipher_suite);
      if (suite === undefined) throw new Error(`no suite ${vector.cipher_suite}`);
      test(`${provider.name}, suite ${suite.id}`, () => {
        const reference = vector.ref_hash;
        expect(hex(refHash(suite, reference.label, fromHex(reference.value)))).toBe(reference.out);

        const expand = vector.expand_with_label;
        const expanded = expandWithLabel(
          suite,
          fromHex(expand.secret),
          expand.label,
          fromHex(expand.context),
          expand.length,
        );
        expect(hex(expanded)).toBe(expand.out);

        const derive = vector.derive_secret;
        expect(hex(deriveSecret(suite, fromHex(derive.secret), derive.label))).toBe(derive.out);

        const tree = vector.derive_tree_secret;
        expect(
          hex(deriveTreeSecret(suite, fromHex(tree.secret), tree.label, tree.generation, tree.length)),
        ).toBe(tree.out);

        const sign = vector.sign_with_label;
        const [publicKey, content] = [fromHex(sign.pub), fromHex(sign.content)];
        expect(verifyWithLabel(suite, publicKey, sign.label, content, fromHex(sign.signature))).toBe(true);
        const signature = signWithLabel(suite, fromHex(sign.priv), sign.label, content);
        expect(verifyWithLabel(suite, publicKey, sign.label, content, signature)).toBe(true);
        expect(verifyWithLabel(suite, publicKey, `${sign.label}.`, content, signature)).toBe(false);

        const encrypt = vector.encrypt_with_label;
        const keyPair = { publicKey: fromHex(encrypt.pub), privateKey: fromHex(encrypt.priv) };
        const context = fromHex(encrypt.context);
        const given = { kemOutput: fromHex(encrypt.kem_output), ciphertext: fromHex(encrypt.ciphertext) };
        const plaintext = decryptWithLabel(suite, keyPair, encrypt.label, context, given);
        expect(plaintext && hex(plaintext)).toBe(encrypt.plaintext);
        const sealed = encryptWithLabel(suite, encrypt.label, context)(
          keyPair.publicKey,
          fromHex(encrypt.plaintext),
          new Uint8Array(suite.kem.seedSize).fill(7),
        );
        const again = sealed && decryptWithLabel(suite, keyPair, encrypt.label, context, sealed);
        expect(again && hex(again)).toBe(encrypt.plaintext);
      });
    }
  }
});
