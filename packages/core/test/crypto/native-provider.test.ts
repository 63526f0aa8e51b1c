import * as nodeCrypto from "node:crypto";
import { describe, expect, test } from "vitest";
import { nobleMlKem768 } from "../../src/crypto/experimental/ml-kem.ts";
import { nativeMlKem768 } from "../../src/crypto/experimental/native-ml-kem.ts";
import type { KeyAlgorithm } from "../../src/crypto/native/keys.ts";
import { type NativePrimitives, nativePrimitives } from "../../src/crypto/native/native-primitives.ts";
import type { NodeCrypto } from "../../src/crypto/native/node-crypto.ts";
import { nativeCryptoProvider, standardPrimitives } from "../../src/crypto/native/provider.ts";
import { noblePrimitives } from "../../src/crypto/noble/provider.ts";
import { cryptoProviderCases } from "../../src/crypto/provider-cases.ts";
import type { Primitives } from "../../src/crypto/suites.ts";
import { defaultCryptoProvider, nobleCryptoProvider, p384Suite } from "../../src/crypto.ts";
import { everyId, everySuite } from "./every-suite.ts";

const node = nodeCrypto as unknown as NodeCrypto;
const names = Object.keys(noblePrimitives) as (keyof Primitives)[];

describe("node:crypto", () => {
  const provider = everySuite(defaultCryptoProvider());
  for (const { name, run } of cryptoProviderCases) test(name, () => run(provider));

  test("brings every primitive itself in Node", () => {
    expect(fromNoble(node)).toEqual([]);
    expect(furtherFromNoble(node)).toEqual([]);
    expect(nativeMlKem768(node)).not.toBe(nobleMlKem768);
  });
});

describe("node:crypto of a release that takes no raw keys", () => {
  const refusingRaw = <T extends { format?: string }>(create: (key: T) => unknown) =>
    ((key: T) => {
      if (key.format?.startsWith("raw-")) throw new Error("unknown format");
      return create(key);
    }) as never;
  const older = {
    ...node,
    createPublicKey: refusingRaw(nodeCrypto.createPublicKey as never),
    createPrivateKey: refusingRaw(nodeCrypto.createPrivateKey as never),
  };
  const provider = everySuite(nativeCryptoProvider(older));

  test("is used nevertheless", () => {
    expect(fromNoble(older)).toEqual([]);
    expect(furtherFromNoble(older)).toEqual([]);
    expect(nativeMlKem768(older)).not.toBe(nobleMlKem768);
  });

  for (const { name, run } of cryptoProviderCases) test(name, () => run(provider));
});

describe("an imitation of node:crypto", () => {
  test.each<[missing: keyof NodeCrypto, lost: (keyof Primitives)[]]>([
    ["hash", ["sha256"]],
    ["createECDH", ["p256", "ecdsaP256"]],
    ["createCipheriv", ["aes128Gcm", "aes256Gcm", "chaCha20Poly1305"]],
    ["diffieHellman", ["x25519"]],
    ["sign", ["ed25519", "ecdsaP256"]],
    ["createPrivateKey", ["x25519", "ed25519", "ecdsaP256"]],
  ])("without %s leaves to noble what needs it", (missing, lost) => {
    expect(fromNoble({ ...node, [missing]: undefined })).toEqual(lost);
  });

  test("that lacks one cipher leaves that one to noble", () => {
    const createCipheriv: NodeCrypto["createCipheriv"] = (algorithm, ...rest) => {
      if (algorithm === "chacha20-poly1305") throw new Error("Unknown cipher");
      return node.createCipheriv(algorithm, ...rest);
    };
    expect(fromNoble({ ...node, createCipheriv })).toEqual(["chaCha20Poly1305"]);
  });

  test.each<[what: string, wrong: Partial<NodeCrypto>, lost: (keyof Primitives)[]]>([
    ["accepts every signature", { verify: () => true }, ["ed25519", "ecdsaP256"]],
    ["gets a hash wrong", { hash: (() => "\0".repeat(32)) as never }, ["sha256"]],
    [
      "accepts every tag",
      {
        createDecipheriv: (...given) =>
          Object.assign(node.createDecipheriv(...given), { final: () => new Uint8Array(0) }),
      },
      ["aes128Gcm", "aes256Gcm", "chaCha20Poly1305"],
    ],
  ])("that %s is not used for it", (_what, wrong, lost) => {
    expect(fromNoble({ ...node, ...wrong })).toEqual(lost);
  });

  test("that has no larger curves and no ML-KEM leaves those to noble", () => {
    const createPrivateKey: NodeCrypto["createPrivateKey"] = (key) => {
      const type = "asymmetricKeyType" in key ? key.asymmetricKeyType : "der";
      if (/448|ml-kem|der/.test(type)) throw new Error("unknown type");
      return node.createPrivateKey(key);
    };
    const smaller: NodeCrypto = { ...node, createPrivateKey };
    expect(fromNoble(smaller)).toEqual([]);
    expect(furtherFromNoble(smaller)).toEqual(["x448", "ed448", "x448", "ed448"]);
    expect(nativeMlKem768(smaller)).toBe(nobleMlKem768);
  });

  test("that has an ML-KEM of its own kind is not used for it", () => {
    const decapsulate = () => new Uint8Array(32);
    expect(nativeMlKem768({ ...node, decapsulate })).toBe(nobleMlKem768);
  });

  test("that has nothing is noble, and passes", () => {
    const nothing = {} as NodeCrypto;
    expect(fromNoble(nothing)).toEqual(names);
    expect(furtherFromNoble(nothing)).toHaveLength(19);
    const provider = nativeCryptoProvider(nothing);
    expect(() => {
      for (const { run } of cryptoProviderCases.filter(({ name }) => name.startsWith("suite 1: HPKE")))
        run(provider);
    }).not.toThrow();
  });
});

/** What the suites that are built on demand take from noble, in the order of asking. */
function furtherFromNoble(imitation: NodeCrypto): string[] {
  const native = nativePrimitives(imitation);
  const taken: string[] = [];
  const note = <T>(name: string, made: T, other: T): T => {
    if (made === other) taken.push(name);
    return made;
  };
  const nameOf = ({ type }: KeyAlgorithm) => type.namedCurve ?? type.asymmetricKeyType;
  const noting: NativePrimitives = {
    node: native.node,
    hash: (name, block, other) => note(name, native.hash(name, block, other), other),
    aead: (name, other) => note(name, native.aead(name, other), other),
    montgomery: (keys, other) => note(nameOf(keys), native.montgomery(keys, other), other),
    nist: (keys, curve, other) => note(nameOf(keys), native.nist(keys, curve, other), other),
    edwards: (keys, rules, other) => note(nameOf(keys), native.edwards(keys, rules, other), other),
    ecdsa: (keys, curve, hash, other) => note(nameOf(keys), native.ecdsa(keys, curve, hash, other), other),
  };
  const provider = everySuite({ ...nobleCryptoProvider, native: noting });
  const sources = [p384Suite.build(provider), ...everyId.map((id) => provider.suite(id))];
  expect(sources).not.toContain(undefined);
  return taken;
}

function fromNoble(imitation: NodeCrypto): string[] {
  const chosen = standardPrimitives(nativePrimitives(imitation));
  return names.filter((name) => chosen[name] === noblePrimitives[name]);
}
