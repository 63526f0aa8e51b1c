import type { CipherSuite } from "../suite.ts";
import { bytes, flipped, holds, type ProviderCase, refuses, same, suiteCases } from "./provider-case.ts";
import { allSuites as all, referenceSuite } from "./reference.ts";

/** What holds for each suite as a whole, and between this provider and noble. */
export const providerWideCases: readonly ProviderCase[] = [
  {
    name: "has at least one suite, and none under another's number",
    run(provider) {
      holds(provider.name.length > 0, "it has a name");
      holds(
        all.some((id) => provider.suite(id) !== undefined),
        "it has one of the suites that there are cases for",
      );
      for (const id of all) holds((provider.suite(id) ?? { id }).id === id, `suite ${id} is number ${id}`);
      for (const id of [0, -1, 1.5, 0x0a0a, 0x10001])
        holds(provider.suite(id) === undefined, `no suite ${id}`);
    },
  },
  ...suiteCases(all, "signatures of noble and of this provider are the same to both", ({ id, signature }) => {
    const reference = referenceSuite(id).signature;
    for (let i = 1; i <= 3; i++) {
      const seed = bytes(signature.seedSize, i);
      const pair = signature.deriveKeyPair(seed);
      const expected = reference.deriveKeyPair(seed);
      same(pair.publicKey, expected.publicKey, "public key");
      same(pair.privateKey, expected.privateKey, "private key");
      same(seed, bytes(signature.seedSize, i), "the seed is left as it was");
      holds(pair.privateKey.buffer !== seed.buffer, "the private key outlives the seed");
      const message = bytes(100 * i, i);
      holds(reference.verify(pair.publicKey, message, signature.sign(pair.privateKey, message)), "ours");
      holds(signature.verify(pair.publicKey, message, reference.sign(pair.privateKey, message)), "noble's");
    }
  }),
  ...suiteCases(all, "signatures stand for one message of one key", ({ signature: scheme }) => {
    const pair = scheme.deriveKeyPair(bytes(scheme.seedSize));
    const other = scheme.deriveKeyPair(bytes(scheme.seedSize, 2));
    const message = bytes(50);
    const signature = scheme.sign(pair.privateKey, message);
    holds(scheme.verify(pair.publicKey, message, signature), "the original");
    holds(!scheme.verify(other.publicKey, message, signature), "another key");
    holds(!scheme.verify(pair.publicKey, flipped(message, 77), signature), "another message");
    for (let bit = 0; bit < 8 * signature.length; bit += 37) {
      holds(!scheme.verify(pair.publicKey, message, flipped(signature, bit)), `bit ${bit} turned`);
    }
    for (const length of [0, 1, 32, 63, signature.length - 1]) {
      holds(!scheme.verify(pair.publicKey, message, signature.subarray(0, length)), `${length} bytes`);
    }
    const [publicSize, privateSize] = [pair.publicKey.length, pair.privateKey.length];
    for (const length of [0, 1, publicSize - 1, publicSize + 1, 2 * publicSize]) {
      holds(!scheme.isPublicKey(bytes(length)), `is no public key: ${length} bytes`);
      holds(!scheme.verify(bytes(length), message, signature), `public key of ${length} bytes`);
    }
    for (const length of [0, privateSize - 1, privateSize + 1]) {
      refuses(() => scheme.sign(bytes(length), message), `private key of ${length} bytes`);
    }
    refuses(() => scheme.deriveKeyPair(bytes(scheme.seedSize - 1)), "a short seed");
    refuses(() => scheme.deriveKeyPair(bytes(scheme.seedSize + 1)), "a long seed");
  }),
  ...suiteCases(all, "every result is a plain Uint8Array that no later call changes", (suite) => {
    const results = produce(suite);
    const before = results.map((result) => result.slice());
    for (const result of results) {
      holds(Object.getPrototypeOf(result) === Uint8Array.prototype, "not a subclass such as Buffer");
    }
    const again = produce(suite);
    for (const [i, result] of results.entries()) {
      same(result, before[i], `result ${i} after further calls`);
      holds(result.length === 0 || result.buffer !== again[i]?.buffer, `result ${i} has memory of its own`);
    }
  }),
];

function produce({ hash, kdf, aead, kem, signature }: CipherSuite): Uint8Array[] {
  const key = bytes(aead.keySize);
  const nonce = bytes(aead.nonceSize);
  const sealed = aead.seal(key, nonce, nonce, bytes(40));
  const pair = kem.deriveKeyPair(bytes(kem.seedSize));
  const sent = kem.encapsulate(pair.publicKey, bytes(kem.seedSize, 2));
  const signer = signature.deriveKeyPair(bytes(signature.seedSize));
  const results = [
    hash.digest(key),
    hash.mac(key, nonce),
    hash.mac(key, bytes(2000)),
    kdf.extract(key, nonce),
    kdf.expand(bytes(hash.size), nonce, 16),
    kdf.expand(bytes(hash.size), nonce, hash.size),
    kdf.expand(bytes(hash.size), nonce, 100),
    sealed,
    aead.open(key, nonce, nonce, sealed),
    pair.publicKey,
    pair.privateKey,
    kem.publicKey(pair.privateKey),
    sent?.encapsulated,
    sent?.secret,
    sent && kem.decapsulate(sent.encapsulated, pair),
    signer.publicKey,
    signer.privateKey,
    signature.sign(signer.privateKey, key),
  ];
  return results.map((result) => {
    if (result === undefined) throw new Error("an operation that must succeed gave nothing");
    return result;
  });
}
