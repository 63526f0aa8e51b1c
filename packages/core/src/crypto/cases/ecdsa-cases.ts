import { fromHex } from "../../codec/hex.ts";
import { utf8 } from "../../codec/utf8.ts";
import { badP256Points, goodP256Point, p256Order } from "./bad-keys.ts";
import { bytes, holds, type ProviderCase, refuses, same, suiteCases } from "./provider-case.ts";

// RFC 6979, appendix A.2.5: P-256 with SHA-256 over "sample". This s is over half the order.
const privateKey = "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721";
const r = "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716";
const s = "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8";
const lowS = "0834e36ad29a83bf2bc9385e491d6099c8fdf9d1ed67aa7ea5f51f93782857a9";
const message = utf8("sample");

const [R, S] = [`022100${r}`, `022100${s}`];
const right = sequence(R + S);

// One signature in forms that BER readers take, and things that are near to one.
const wrongForms: readonly (readonly [why: string, signature: string])[] = [
  ["nothing", ""],
  ["r and s without DER", r + s],
  ["a byte behind", `${right}00`],
  ["a byte behind, inside", sequence(`${R}${S}00`)],
  ["a third integer", sequence(`${R}${S}020101`)],
  ["one integer", sequence(R)],
  ["no integers", "3000"],
  ["a set", right.replace(/^30/, "31")],
  ["a primitive sequence", right.replace(/^30/, "10")],
  ["a length in long form", `3081${right.slice(2)}`],
  ["a length in longer form", `308200${right.slice(2)}`],
  ["an indefinite length", `3080${R}${S}0000`],
  ["a length that is too small", `3045${right.slice(4)}`],
  ["a length that is too large", `3047${right.slice(4)}`],
  ["an integer with its length in long form", sequence(`02812100${r}${S}`)],
  ["a negative r", sequence(`0220${r}${S}`)],
  ["a negative s", sequence(`${R}0220${s}`)],
  ["r padded once more", sequence(`02220000${r}${S}`)],
  ["s padded once more", sequence(`${R}02220000${s}`)],
  ["a low s padded", sequence(`${R}022100${lowS}`)],
  ["an empty r", sequence(`0200${S}`)],
  ["an empty s", sequence(`${R}0200`)],
  ["r as an octet string", sequence(`${R.replace(/^02/, "04")}${S}`)],
  ["s as a bit string", sequence(`${R}${S.replace(/^02/, "03")}`)],
  ["r is zero", sequence(`020100${S}`)],
  ["s is zero", sequence(`${R}020100`)],
  ["r is one", sequence(`020101${S}`)],
  ["r is the order", sequence(`022100${p256Order}${S}`)],
  ["s is the order", sequence(`${R}022100${p256Order}`)],
  ["r with a byte in front", sequence(`022101${r}${S}`)],
  ["r and s exchanged", sequence(S + R)],
  ["s longer than the sequence", sequence(`${R}0230${s}`)],
];

/** ECDSA over P-256: one form for signatures, one for keys. */
export const ecdsaCases: readonly ProviderCase[] = [
  ...suiteCases([2], "ECDSA verifies the signature of RFC 6979, with either s", ({ signature: scheme }) => {
    const publicKey = fromHex(goodP256Point);
    holds(scheme.isPublicKey(publicKey), "is a public key");
    holds(scheme.verify(publicKey, message, fromHex(right)), "high s");
    holds(scheme.verify(publicKey, message, fromHex(sequence(`${R}0220${lowS}`))), "low s");
    holds(!scheme.verify(publicKey, utf8("Sample"), fromHex(right)), "another message");
    const signature = scheme.sign(fromHex(privateKey), message);
    holds(scheme.verify(publicKey, message, signature), "a signature of its own");
  }),
  ...suiteCases([2], "ECDSA refuses every other form of a signature", ({ signature: scheme }) => {
    const publicKey = fromHex(goodP256Point);
    for (const [why, signature] of wrongForms) {
      holds(!scheme.verify(publicKey, message, fromHex(signature)), why);
    }
    for (let length = 0; length < right.length; length += 2) {
      holds(
        !scheme.verify(publicKey, message, fromHex(right.slice(0, length))),
        `cut to ${length / 2} bytes`,
      );
    }
  }),
  ...suiteCases([2], "ECDSA signs in the one form that is taken", ({ signature: scheme }) => {
    const publicKey = fromHex(goodP256Point);
    // Short and padded integers come up by chance: 64 signatures have some of each.
    for (let i = 0; i < 64; i++) {
      const text = bytes(i, i + 1);
      holds(scheme.verify(publicKey, text, scheme.sign(fromHex(privateKey), text)), `message ${i}`);
    }
  }),
  ...suiteCases(
    [2],
    "ECDSA refuses public keys in other forms and off the curve",
    ({ signature: scheme }) => {
      for (const [why, point] of badP256Points) {
        holds(!scheme.isPublicKey(fromHex(point)), `is no public key: ${why}`);
        holds(!scheme.verify(fromHex(point), message, fromHex(right)), `verifies nothing: ${why}`);
      }
    },
  ),
  ...suiteCases([2], "ECDSA refuses private keys that are none", ({ signature: scheme }) => {
    for (const key of ["", "00".repeat(32), p256Order, "ff".repeat(32), "01".repeat(31), "01".repeat(33)]) {
      refuses(() => scheme.sign(fromHex(key), message), key);
    }
    const pair = scheme.deriveKeyPair(bytes(scheme.seedSize));
    same(new Uint8Array([pair.privateKey.length, pair.publicKey.length]), "2041", "sizes of a key pair");
  }),
];

function sequence(content: string): string {
  return `30${(content.length / 2).toString(16).padStart(2, "0")}${content}`;
}
