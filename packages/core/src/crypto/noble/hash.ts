import { hmac } from "@noble/hashes/hmac.js";
import { sha256 as nobleSha256, type sha384 as nobleSha384 } from "@noble/hashes/sha2.js";
import type { Hash } from "../suite.ts";

/** SHA-256 (FIPS 180-4) and HMAC over it (RFC 2104). */
export const sha256: Hash = nobleHash(nobleSha256);

/** A hash function of noble and HMAC over it. */
export function nobleHash(hash: typeof nobleSha256 | typeof nobleSha384): Hash {
  return {
    size: hash.outputLen,
    digest: (data) => hash(data),
    mac: (key, data) => hmac(hash, key, data),
  };
}
