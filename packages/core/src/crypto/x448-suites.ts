import { sha512 as nobleSha512 } from "@noble/hashes/sha2.js";
import { ed448Rules } from "./curve448.ts";
import { dhKem } from "./dhkem.ts";
import { hkdf } from "./hkdf.ts";
import type { KeyAlgorithm } from "./native/keys.ts";
import { chaCha20Poly1305 } from "./noble/aead.ts";
import { ed448, x448 } from "./noble/curve448.ts";
import { nobleHash } from "./noble/hash.ts";
import type { CipherSuite, CryptoProvider } from "./suite.ts";
import type { SuiteSource } from "./with-suites.ts";

/** Suite 0x0004: X448, AES-256-GCM, SHA-512, Ed448. */
export const x448Suite: SuiteSource = {
  id: 0x0004,
  name: "MLS_256_DHKEMX448_AES256GCM_SHA512_Ed448",
  build(provider) {
    const { id, name } = x448Suite;
    return { id, name, ...common(provider), aeadId: 0x0002, aead: provider.aes256Gcm };
  },
};

/** Suite 0x0006: X448, ChaCha20-Poly1305, SHA-512, Ed448. */
export const x448ChaCha20Suite: SuiteSource = {
  id: 0x0006,
  name: "MLS_256_DHKEMX448_CHACHA20POLY1305_SHA512_Ed448",
  build(provider) {
    const { id, name } = x448ChaCha20Suite;
    const aead = provider.native?.aead("chacha20-poly1305", chaCha20Poly1305) ?? chaCha20Poly1305;
    return { id, name, ...common(provider), aeadId: 0x0003, aead };
  },
};

// RFC 8410.
const x448Keys: KeyAlgorithm = {
  type: { asymmetricKeyType: "x448" },
  size: 56,
  spki: "3042300506032b656f033900",
  pkcs8: "3046020100300506032b656f043a0438",
};
const ed448Keys: KeyAlgorithm = {
  type: { asymmetricKeyType: "ed448" },
  size: 57,
  spki: "3043300506032b6571033a00",
  pkcs8: "3047020100300506032b6571043b0439",
};

function common({
  native,
}: CryptoProvider): Pick<CipherSuite, "hash" | "kdf" | "kdfId" | "kem" | "signature"> {
  const sha512 = nobleHash(nobleSha512);
  const hash = native?.hash("sha512", 128, sha512) ?? sha512;
  const group = native?.montgomery(x448Keys, x448) ?? x448;
  const signature = native?.edwards(ed448Keys, ed448Rules, ed448) ?? ed448;
  const kdf = hkdf(hash);
  return { hash, kdf, kdfId: 0x0003, kem: dhKem({ id: 0x0021, group, kdf }), signature };
}
