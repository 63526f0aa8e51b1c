import { ed448 as nobleEd448, x448 as nobleX448 } from "@noble/curves/ed448.js";
import { copyOf } from "../../codec/bytes.ts";
import { hasEd448Form, isEd448PublicKey, isX448PublicKey } from "../curve448.ts";
import type { KeyAgreement } from "../dhkem.ts";
import { requireSize } from "../size.ts";
import type { SignatureScheme } from "../suite.ts";

/** X448 (RFC 7748). */
export const x448: KeyAgreement = {
  publicKeySize: 56,
  privateKeySize: 56,
  isPrivateKey: (privateKey) => privateKey.length === 56,
  publicKey: (privateKey) => (privateKey.length === 56 ? nobleX448.getPublicKey(privateKey) : undefined),
  isPublicKey: isX448PublicKey,
  agree(privateKey, publicKey) {
    requireSize(privateKey, 56, "A private key");
    return isX448PublicKey(publicKey) ? nobleX448.getSharedSecret(privateKey, publicKey) : undefined;
  },
};

/**
 * Ed448 (RFC 8032 §5.2) with an empty context; a private key is the 57-byte seed.
 *
 * As with Ed25519 there is one set of rules for all providers: the public key and R are reduced and not of low order, S
 * is below the order of the base point. Unlike there the equation is the one with the cofactor, 4 S B = 4 R + 4 k A
 * (RFC 8032 §5.2.7): OpenSSL computes on an isogenous curve, on which parts of low order vanish, and has no other.
 */
export const ed448: SignatureScheme = {
  seedSize: 57,
  deriveKeyPair(seed) {
    requireSize(seed, 57, "A seed");
    return { publicKey: nobleEd448.getPublicKey(seed), privateKey: copyOf(seed) };
  },
  isPublicKey: isEd448PublicKey,
  sign(privateKey, message) {
    requireSize(privateKey, 57, "A private key");
    return nobleEd448.sign(message, privateKey);
  },
  verify: (publicKey, message, signature) =>
    hasEd448Form(publicKey, signature) && nobleEd448.verify(signature, message, publicKey),
};
