import type { p256 as NoblePrimeCurve } from "@noble/curves/nist.js";
import { dhKem } from "./dhkem.ts";
import { hkdf } from "./hkdf.ts";
import type { CurveKeyAlgorithm } from "./native/keys.ts";
import { nistCurve } from "./nist-curve.ts";
import { nobleNist } from "./noble/key-agreement.ts";
import { nobleEcdsa } from "./noble/signature.ts";
import type { Hash } from "./suite.ts";
import type { SuiteSource } from "./with-suites.ts";

/** What tells a suite over one of the larger NIST curves from another. All of them encrypt with AES-256-GCM. */
export interface NistSuite {
  readonly id: number;
  readonly name: string;
  /** Identifiers of HPKE (RFC 9180 §7.1, §7.2). */
  readonly kemId: number;
  readonly kdfId: number;
  /** The mask of the first byte of a candidate (RFC 9180 §7.1.3). */
  readonly candidateMask: number;
  /** The hash that goes with the curve, by noble. */
  readonly hash: Hash;
  /** What OpenSSL calls the hash. */
  readonly hashName: string;
  /** The curve by noble. */
  readonly curve: typeof NoblePrimeCurve;
  /** The curve in OpenSSL. */
  readonly keys: CurveKeyAlgorithm;
  /** Bytes of seed for a private key. */
  readonly seedSize: number;
}

/** A suite of RFC 9420 §17.1 over P-384 or P-521. */
export function nistSuite(parts: NistSuite): SuiteSource {
  const { id, name, kemId, kdfId, candidateMask, hashName, keys } = parts;
  return {
    id,
    name,
    build({ native, aes256Gcm }) {
      const curve = nistCurve(parts.curve, keys.size, parts.seedSize);
      const nobleGroup = nobleNist(curve, parts.curve);
      const nobleSignature = nobleEcdsa(curve, parts.curve);
      // SHA-384 and SHA-512 both have blocks of 128 bytes.
      const hash = native?.hash(hashName, 128, parts.hash) ?? parts.hash;
      const group = native?.nist(keys, curve, nobleGroup) ?? nobleGroup;
      const signature = native?.ecdsa(keys, curve, hashName, nobleSignature) ?? nobleSignature;
      const kdf = hkdf(hash);
      const kem = dhKem({ id: kemId, group, kdf, candidateMask });
      return { id, name, kdfId, aeadId: 0x0002, hash, kdf, aead: aes256Gcm, kem, signature };
    },
  };
}
