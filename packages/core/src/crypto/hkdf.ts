import { invalidArgument } from "./size.ts";
import type { Hash, Kdf } from "./suite.ts";
import { wipe } from "./wipe.ts";

/** HKDF (RFC 5869) over the HMAC of `hash`. `expand` throws `invalid-argument` over 255 times the hash's size. */
export function hkdf(hash: Hash): Kdf {
  // What is expanded is a secret of full strength, but a salt may be public: `extract` must leave nothing behind.
  const prf = hash.prf ?? hash.mac;
  return {
    size: hash.size,
    extract: (salt, secret) => hash.mac(salt, secret),
    expand(key, info, length) {
      if (!Number.isInteger(length) || length < 0 || length > 255 * hash.size) {
        throw invalidArgument("A key derivation asks for more bytes than HKDF can give.");
      }
      const first = new Uint8Array(info.length + 1);
      first.set(info);
      first[info.length] = 1;
      let block = prf(key, first);
      if (length === hash.size) return block;
      const result = new Uint8Array(length);
      result.set(block.subarray(0, Math.min(length, hash.size)));
      for (let at = hash.size; at < length; at += hash.size) {
        const input = new Uint8Array(hash.size + info.length + 1);
        input.set(block);
        input.set(info, hash.size);
        input[input.length - 1] = at / hash.size + 1;
        wipe(block);
        block = prf(key, input);
        wipe(input);
        result.set(block.subarray(0, Math.min(length - at, hash.size)), at);
      }
      wipe(block);
      return result;
    },
  };
}
