import { gcm } from "@noble/ciphers/aes.js";
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { concatBytes, utf8ToBytes } from "@noble/ciphers/utils.js";
import { ed25519 } from "@noble/curves/ed25519.js";
import { p256, p384 } from "@noble/curves/nist.js";
import { sha256, sha384 } from "@noble/hashes/sha2.js";
import type { VerifySignature } from "../verdict.ts";
import { check } from "./refusal.ts";
import { vector } from "./tls.ts";

/** The cipher suites (RFC 9420 §17.1, and two hybrid experiments) that this verifier knows, as far as evidence needs them. */
const suites = {
  1: { scheme: "ed25519", hash: sha256, cipher: gcm, keySize: 16 },
  2: { scheme: "p256", hash: sha256, cipher: gcm, keySize: 16 },
  3: { scheme: "ed25519", hash: sha256, cipher: chacha20poly1305, keySize: 32 },
  7: { scheme: "p384", hash: sha384, cipher: gcm, keySize: 32 },
  61442: { scheme: "ed25519", hash: sha384, cipher: gcm, keySize: 32 },
  61444: { scheme: "p256", hash: sha384, cipher: gcm, keySize: 32 },
} as const;

export type Suite = (typeof suites)[keyof typeof suites];

/** The suite of an IANA number. */
export function suiteOf(id: number): Suite {
  check(Object.hasOwn(suites, id), "unsupported", `This verifier does not know cipher suite ${id}.`);
  return suites[id as keyof typeof suites];
}

/** Checks a signature with noble, in plain JavaScript. */
export const verifyWithNoble: VerifySignature = (scheme, publicKey, message, signature) => {
  if (scheme === "ed25519") return ed25519.verify(signature, message, publicKey, { zip215: false });
  const curve = scheme === "p256" ? p256 : p384;
  // MLS has uncompressed keys only, and takes both values of s.
  return publicKey[0] === 4 && curve.verify(signature, message, publicKey, { format: "der", lowS: false });
};

/** What a library finds, or nothing where it throws: on bytes that are not in their form, or not for this key. */
export function attempt<Found>(find: () => Found): Found | undefined {
  try {
    return find();
  } catch {
    return undefined;
  }
}

/** What is signed in place of a content, so that no signature fits another purpose (RFC 9420 §5.1.2). */
export function labelled(label: string, content: Uint8Array): Uint8Array {
  return concatBytes(vector(utf8ToBytes(`MLS 1.0 ${label}`)), vector(content));
}
