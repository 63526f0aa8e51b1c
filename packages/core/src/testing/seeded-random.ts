import { chacha20 } from "@noble/ciphers/chacha.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { utf8 } from "../codec/utf8.ts";
import type { Random } from "../port/index.ts";

/**
 * A {@link Random} for tests: the same seed gives the same bytes in every runtime, different seeds unrelated ones.
 * The n-th call depends on the seed, on n and on nothing else; a shorter answer is the beginning of a longer one.
 * Never for anything but tests: who knows the seed knows every key.
 */
export function seededRandom(seed: string | number): Random {
  const key = sha256(utf8(`readback test seed ${seed}`));
  let calls = 0;
  return (length) => {
    const nonce = new Uint8Array(12);
    new DataView(nonce.buffer).setBigUint64(0, BigInt(calls));
    calls += 1;
    return chacha20(key, nonce, new Uint8Array(length));
  };
}
