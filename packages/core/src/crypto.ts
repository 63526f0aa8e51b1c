export { defaultCryptoProvider } from "./crypto/default-provider.ts";
export type { DhKemOptions, KeyAgreement } from "./crypto/dhkem.ts";
export { dhKem } from "./crypto/dhkem.ts";
export { equal } from "./crypto/equal.ts";
export { hkdf } from "./crypto/hkdf.ts";
export type { HpkeCiphertext } from "./crypto/hpke.ts";
export { hpkeOpen, hpkeReceiveExport, hpkeSeal, hpkeSendExport } from "./crypto/hpke.ts";
export { nobleCryptoProvider, noblePrimitives } from "./crypto/noble/provider.ts";
export type {
  Aead,
  CipherSuite,
  CryptoProvider,
  Hash,
  Kdf,
  Kem,
  KeyPair,
  SignatureScheme,
} from "./crypto/suite.ts";
export type { Primitives } from "./crypto/suites.ts";
export { cryptoProvider, standardSuites } from "./crypto/suites.ts";
