import type { KeyAgreement } from "../dhkem.ts";
import { equal } from "../equal.ts";
import type { Aead, Hash, SignatureScheme } from "../suite.ts";

/**
 * What `make` gives, where it can be made and works; `other` where this runtime lacks it or gets it wrong. Not every
 * imitation of `node:crypto` has all of it, and a FIPS module has only what is approved.
 */
export function firstUsable<T>(make: () => T, other: T, works: (made: T, other: T) => boolean): T {
  try {
    const made = make();
    if (works(made, other)) return made;
  } catch {
    // What is missing shows as an exception of whatever kind the runtime likes. That is the expected answer here.
  }
  return other;
}

const sample = new Uint8Array(128).fill(0x52);

/** Whether a hash and its MAC are those of the other one. */
export function hashes(made: Hash, other: Hash): boolean {
  const key = sample.subarray(0, other.size);
  const tag = other.mac(key, sample);
  return (
    equal(made.digest(sample), other.digest(sample)) &&
    equal(made.mac(key, sample), tag) &&
    (made.prf === undefined || equal(made.prf(key, sample), tag))
  );
}

/** Whether a cipher opens what it sealed, and nothing else. */
export function seals(made: Aead): boolean {
  const key = sample.subarray(0, made.keySize);
  const nonce = sample.subarray(0, made.nonceSize);
  const sealed = made.seal(key, nonce, sample, sample);
  const opened = made.open(key, nonce, sample, sealed);
  return opened !== undefined && equal(opened, sample) && made.open(key, nonce, key, sealed) === undefined;
}

/** Whether two key pairs agree. */
export function agrees(made: KeyAgreement): boolean {
  // The first byte stays zero, so that both are below the order of any curve.
  const one = new Uint8Array(made.privateKeySize).fill(1, 1);
  const two = one.map((byte) => 2 * byte);
  const [publicOne, publicTwo] = [made.publicKey(one), made.publicKey(two)];
  if (publicOne === undefined || publicTwo === undefined) return false;
  const [a, b] = [made.agree(one, publicTwo), made.agree(two, publicOne)];
  return a !== undefined && b !== undefined && equal(a, b);
}

/** Whether a scheme verifies its own signature, and not that of another message. */
export function signs(made: SignatureScheme): boolean {
  const { publicKey, privateKey } = made.deriveKeyPair(sample.slice(0, made.seedSize));
  const signature = made.sign(privateKey, sample);
  return made.verify(publicKey, sample, signature) && !made.verify(publicKey, sample.subarray(1), signature);
}
