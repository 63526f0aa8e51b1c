import { hmac } from "@noble/hashes/hmac.js";
import { sha256 as nobleSha256 } from "@noble/hashes/sha2.js";
import type { Hash } from "../suite.ts";

/** SHA-256 (FIPS 180-4) and HMAC over it (RFC 2104). */
export const sha256: Hash = {
  size: 32,
  digest: (data) => nobleSha256(data),
  mac: (key, data) => hmac(nobleSha256, key, data),
};
