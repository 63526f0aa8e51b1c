import { fromHex } from "../../codec/hex.ts";
import { utf8 } from "../../codec/utf8.ts";
import { badPoints, goodPoint, nistFacts } from "./nist-facts.ts";
import { bytes, holds, type ProviderCase, refuses, suiteCases } from "./provider-case.ts";
import { otherSignature, rightSignature, wrongSignatures } from "./wrong-signatures.ts";

const message = utf8("sample");

/** ECDSA: one form for signatures, one for keys. */
export const ecdsaCases: readonly ProviderCase[] = nistFacts.flatMap((fact) => {
  const { name, signing, privateKey, order } = fact;
  const size = privateKey.length / 2;
  const publicKey = fromHex(goodPoint(fact));
  const right = fromHex(rightSignature(fact));
  return [
    ...suiteCases(signing, `ECDSA over ${name} verifies what RFC 6979 has, with either s`, (suite) => {
      const { signature: scheme } = suite;
      holds(scheme.isPublicKey(publicKey), "is a public key");
      holds(scheme.verify(publicKey, message, right), "the given s");
      holds(scheme.verify(publicKey, message, fromHex(otherSignature(fact))), "the other s");
      holds(!scheme.verify(publicKey, utf8("Sample"), right), "another message");
      const signature = scheme.sign(fromHex(privateKey), message);
      holds(scheme.verify(publicKey, message, signature), "a signature of its own");
    }),
    ...suiteCases(signing, `ECDSA over ${name} refuses every other form of a signature`, (suite) => {
      const { signature: scheme } = suite;
      for (const [why, signature] of wrongSignatures(fact)) {
        holds(!scheme.verify(publicKey, message, fromHex(signature)), why);
      }
      for (let length = 0; length < right.length; length++) {
        holds(!scheme.verify(publicKey, message, right.subarray(0, length)), `cut to ${length} bytes`);
      }
    }),
    ...suiteCases(signing, `ECDSA over ${name} signs in the one form that is taken`, (suite) => {
      const { signature: scheme } = suite;
      // Short and padded integers come up by chance: 32 signatures have some of each.
      for (let i = 0; i < 32; i++) {
        const text = bytes(i, i + 1);
        holds(scheme.verify(publicKey, text, scheme.sign(fromHex(privateKey), text)), `message ${i}`);
      }
    }),
    ...suiteCases(
      signing,
      `ECDSA over ${name} refuses public keys in other forms and off the curve`,
      (suite) => {
        const { signature: scheme } = suite;
        for (const [why, point] of badPoints(fact)) {
          holds(!scheme.isPublicKey(fromHex(point)), `is no public key: ${why}`);
          holds(!scheme.verify(fromHex(point), message, right), `verifies nothing: ${why}`);
        }
      },
    ),
    ...suiteCases(signing, `ECDSA over ${name} refuses private keys that are none`, (suite) => {
      const { signature: scheme } = suite;
      const wrong = [
        "",
        "00".repeat(size),
        order,
        "ff".repeat(size),
        "01".repeat(size - 1),
        "01".repeat(size + 1),
      ];
      for (const key of wrong) refuses(() => scheme.sign(fromHex(key), message), key);
      const pair = scheme.deriveKeyPair(bytes(scheme.seedSize));
      holds(pair.privateKey.length === size && pair.publicKey.length === 1 + 2 * size, "sizes of a key pair");
    }),
  ];
});
