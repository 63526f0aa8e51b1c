export { defaultCryptoProvider } from "./crypto/default-provider.ts";
export {
  type Ahead,
  type DeferredSignatures,
  deferSignatures,
  type SignatureCheck,
} from "./crypto/deferred-signatures.ts";
export type { DhKemOptions, KeyAgreement } from "./crypto/dhkem.ts";
export { dhKem } from "./crypto/dhkem.ts";
export { equal } from "./crypto/equal.ts";
export { hkdf } from "./crypto/hkdf.ts";
export type { HpkeCiphertext } from "./crypto/hpke.ts";
export { hpkeOpen, hpkeReceiveExport, hpkeSeal, hpkeSendExport } from "./crypto/hpke.ts";
export type { EdwardsRules, NativePrimitives } from "./crypto/native/native-primitives.ts";
export type { NodeCrypto } from "./crypto/native/node-crypto.ts";
export { nobleCryptoProvider, noblePrimitives } from "./crypto/noble/provider.ts";
export { p384Suite } from "./crypto/p384-suite.ts";
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
export { type SuiteSource, withSuites } from "./crypto/with-suites.ts";
