import type { KeyAgreement } from "../dhkem.ts";
import { equal } from "../equal.ts";
import { noblePrimitives } from "../noble/provider.ts";
import type { Aead, CryptoProvider, Hash, SignatureScheme } from "../suite.ts";
import { cryptoProvider, type Primitives, standardSuites } from "../suites.ts";
import { nativeAead } from "./aead.ts";
import { nativeHash } from "./hash.ts";
import { nativeP256, nativeX25519 } from "./key-agreement.ts";
import type { NodeCrypto } from "./node-crypto.ts";
import { nativeEcdsaP256, nativeEd25519 } from "./signature.ts";

/**
 * Suites 0x0001, 0x0002 and 0x0003 by `node:crypto`. Primitives that this runtime lacks, or gets wrong, come from
 * noble instead: not every imitation of `node:crypto` has all of it, and a FIPS module has only what is approved.
 */
export function nativeCryptoProvider(node: NodeCrypto): CryptoProvider {
  const primitives = nativePrimitives(node);
  return cryptoProvider("node:crypto", primitives.aes256Gcm, standardSuites(primitives));
}

/** Each primitive of {@link nativeCryptoProvider}, after one trial of it. */
export function nativePrimitives(node: NodeCrypto): Primitives {
  const noble = noblePrimitives;
  return {
    sha256: firstUsable(() => nativeHash(node, "sha256", 32, 64), noble.sha256, hashes),
    aes128Gcm: firstUsable(() => nativeAead(node, "aes-128-gcm", 16), noble.aes128Gcm, seals),
    aes256Gcm: firstUsable(() => nativeAead(node, "aes-256-gcm", 32), noble.aes256Gcm, seals),
    chaCha20Poly1305: firstUsable(
      () => nativeAead(node, "chacha20-poly1305", 32),
      noble.chaCha20Poly1305,
      seals,
    ),
    x25519: firstUsable(() => nativeX25519(node), noble.x25519, agrees),
    p256: firstUsable(() => nativeP256(node), noble.p256, agrees),
    ed25519: firstUsable(() => nativeEd25519(node), noble.ed25519, signs),
    ecdsaP256: firstUsable(() => nativeEcdsaP256(node), noble.ecdsaP256, signs),
  };
}

function firstUsable<T>(make: () => T, other: T, works: (made: T, other: T) => boolean): T {
  try {
    const made = make();
    if (works(made, other)) return made;
  } catch {
    // What is missing shows as an exception of whatever kind the runtime likes. That is the expected answer here.
  }
  return other;
}

const sample = new Uint8Array(48).fill(0x52);

function hashes(made: Hash, other: Hash): boolean {
  return (
    equal(made.digest(sample), other.digest(sample)) &&
    equal(made.mac(sample, sample), other.mac(sample, sample))
  );
}

function seals(made: Aead): boolean {
  const key = sample.subarray(0, made.keySize);
  const nonce = sample.subarray(0, made.nonceSize);
  const sealed = made.seal(key, nonce, sample, sample);
  const opened = made.open(key, nonce, sample, sealed);
  return opened !== undefined && equal(opened, sample) && made.open(key, nonce, key, sealed) === undefined;
}

function agrees(made: KeyAgreement): boolean {
  const one = sample.slice(0, made.privateKeySize);
  const two = one.map((byte) => byte + 1);
  const [publicOne, publicTwo] = [made.publicKey(one), made.publicKey(two)];
  if (publicOne === undefined || publicTwo === undefined) return false;
  const [a, b] = [made.agree(one, publicTwo), made.agree(two, publicOne)];
  return a !== undefined && b !== undefined && equal(a, b);
}

function signs(made: SignatureScheme): boolean {
  const { publicKey, privateKey } = made.deriveKeyPair(sample.slice(0, made.seedSize));
  const signature = made.sign(privateKey, sample);
  return made.verify(publicKey, sample, signature) && !made.verify(publicKey, sample.subarray(1), signature);
}
