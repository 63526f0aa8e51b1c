import { dhKem, type KeyAgreement } from "./dhkem.ts";
import { hkdf } from "./hkdf.ts";
import type { Aead, CipherSuite, CryptoProvider, Hash, SignatureScheme } from "./suite.ts";

/** The algorithms that the suites are made of. A provider brings each of them or takes it from another provider. */
export interface Primitives {
  readonly sha256: Hash;
  readonly aes128Gcm: Aead;
  readonly aes256Gcm: Aead;
  readonly chaCha20Poly1305: Aead;
  readonly x25519: KeyAgreement;
  readonly p256: KeyAgreement;
  readonly ed25519: SignatureScheme;
  readonly ecdsaP256: SignatureScheme;
}

/** The suites 0x0001, 0x0002 and 0x0003 (RFC 9420 §17.1) over one set of primitives. */
export function standardSuites(primitives: Primitives): CipherSuite[] {
  const { sha256, aes128Gcm, chaCha20Poly1305, x25519, p256, ed25519, ecdsaP256 } = primitives;
  // Identifiers: RFC 9180 §7.1, §7.2 and §7.3.
  const kdf = hkdf(sha256);
  const withSha256 = { kdfId: 0x0001, hash: sha256, kdf };
  const withX25519 = { kem: dhKem({ id: 0x0020, group: x25519, kdf }), signature: ed25519 };
  const withP256 = {
    kem: dhKem({ id: 0x0010, group: p256, kdf, candidateMask: 0xff }),
    signature: ecdsaP256,
  };
  const withAes128 = { aeadId: 0x0001, aead: aes128Gcm };
  const withChaCha = { aeadId: 0x0003, aead: chaCha20Poly1305 };
  return [
    {
      id: 0x0001,
      name: "MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519",
      ...withSha256,
      ...withX25519,
      ...withAes128,
    },
    {
      id: 0x0002,
      name: "MLS_128_DHKEMP256_AES128GCM_SHA256_P256",
      ...withSha256,
      ...withP256,
      ...withAes128,
    },
    {
      id: 0x0003,
      name: "MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519",
      ...withSha256,
      ...withX25519,
      ...withChaCha,
    },
  ];
}

/** A provider of exactly these suites; where two have the same id the later one counts. */
export function cryptoProvider(
  name: string,
  aes256Gcm: Aead,
  suites: readonly CipherSuite[],
): CryptoProvider {
  const byId = new Map(suites.map((suite) => [suite.id, suite]));
  return { name, aes256Gcm, suite: (id) => byId.get(id) };
}
