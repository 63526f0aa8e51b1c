import { sha384 as nobleSha384 } from "@noble/hashes/sha2.js";
import { ed25519Rules } from "../curve25519.ts";
import type { KeyAgreement } from "../dhkem.ts";
import { hkdf } from "../hkdf.ts";
import { ed25519Keys, p256Keys, x25519Keys } from "../native/standard-keys.ts";
import { p256Curve } from "../nist-curve.ts";
import { nobleHash } from "../noble/hash.ts";
import { p256, x25519 } from "../noble/key-agreement.ts";
import { ecdsaP256, ed25519 } from "../noble/signature.ts";
import type { CryptoProvider, SignatureScheme } from "../suite.ts";
import type { SuiteSource } from "../with-suites.ts";
import { type HybridKemOptions, hybridKem } from "./hybrid-kem.ts";
import { nobleMlKem768 } from "./ml-kem.ts";
import { nativeMlKem768 } from "./native-ml-kem.ts";

/**
 * ML-KEM-768 with X25519, AES-256-GCM, SHA-384, Ed25519: the second suite of draft-ietf-mls-pq-ciphersuites-06, under
 * the private-use number 0xF002 until it has one of its own. The KEM is X-Wing. Numbers and forms may change.
 */
export const experimentalMlKem768X25519Suite: SuiteSource = /* @__PURE__ */ hybridSuite(
  0xf002,
  "EXPERIMENTAL_MLS_128_MLKEM768X25519_AES256GCM_SHA384_Ed25519",
  { id: 0x647a, label: "\\.//^\\", keySeedSize: 32, ephemeralSeedSize: 32 },
  (provider) => provider.native?.montgomery(x25519Keys, x25519) ?? x25519,
  (provider) => provider.native?.edwards(ed25519Keys, ed25519Rules, ed25519) ?? ed25519,
);

/**
 * ML-KEM-768 with P-256, AES-256-GCM, SHA-384, ECDSA over P-256 with SHA-256: the fourth suite of
 * draft-ietf-mls-pq-ciphersuites-06, under the private-use number 0xF004 until it has one of its own. Numbers and forms
 * may change.
 */
export const experimentalMlKem768P256Suite: SuiteSource = /* @__PURE__ */ hybridSuite(
  0xf004,
  "EXPERIMENTAL_MLS_128_MLKEM768P256_AES256GCM_SHA384_P256",
  { id: 0x0050, label: "MLKEM768-P256", keySeedSize: 128, ephemeralSeedSize: 96 },
  (provider) => provider.native?.nist(p256Keys, p256Curve, p256) ?? p256,
  (provider) => provider.native?.ecdsa(p256Keys, p256Curve, "sha256", ecdsaP256) ?? ecdsaP256,
);

function hybridSuite(
  id: number,
  name: string,
  kem: Omit<HybridKemOptions, "mlKem" | "group">,
  groupOf: (provider: CryptoProvider) => KeyAgreement,
  signatureOf: (provider: CryptoProvider) => SignatureScheme,
): SuiteSource {
  return {
    id,
    name,
    build(provider) {
      const { native, aes256Gcm } = provider;
      const sha384 = nobleHash(nobleSha384);
      const hash = native?.hash("sha384", 128, sha384) ?? sha384;
      const mlKem = native === undefined ? nobleMlKem768 : nativeMlKem768(native.node);
      return {
        id,
        name,
        kdfId: 0x0002,
        aeadId: 0x0002,
        hash,
        kdf: hkdf(hash),
        aead: aes256Gcm,
        kem: hybridKem({ ...kem, mlKem, group: groupOf(provider) }),
        signature: signatureOf(provider),
      };
    },
  };
}
