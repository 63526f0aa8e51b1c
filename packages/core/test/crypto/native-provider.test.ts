import * as nodeCrypto from "node:crypto";
import { describe, expect, test } from "vitest";
import { nativePrimitives } from "../../src/crypto/native/native-primitives.ts";
import type { NodeCrypto } from "../../src/crypto/native/node-crypto.ts";
import { nativeCryptoProvider, standardPrimitives } from "../../src/crypto/native/provider.ts";
import { noblePrimitives } from "../../src/crypto/noble/provider.ts";
import { cryptoProviderCases } from "../../src/crypto/provider-cases.ts";
import type { Primitives } from "../../src/crypto/suites.ts";
import { defaultCryptoProvider } from "../../src/crypto.ts";

const node = nodeCrypto as unknown as NodeCrypto;
const names = Object.keys(noblePrimitives) as (keyof Primitives)[];

describe("node:crypto", () => {
  for (const { name, run } of cryptoProviderCases) test(name, () => run(defaultCryptoProvider()));

  test("brings every primitive itself in Node", () => {
    expect(fromNoble(node)).toEqual([]);
  });
});

describe("node:crypto of a release that takes no raw keys", () => {
  const refusingRaw = <T extends { format?: string }>(create: (key: T) => unknown) =>
    ((key: T) => {
      if (key.format?.startsWith("raw-")) throw new Error("unknown format");
      return create(key);
    }) as never;
  const provider = nativeCryptoProvider({
    ...node,
    createPublicKey: refusingRaw(nodeCrypto.createPublicKey as never),
    createPrivateKey: refusingRaw(nodeCrypto.createPrivateKey as never),
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

  test("that has nothing is noble, and passes", () => {
    const nothing = {} as NodeCrypto;
    expect(fromNoble(nothing)).toEqual(names);
    const provider = nativeCryptoProvider(nothing);
    expect(() => {
      for (const { run } of cryptoProviderCases.filter(({ name }) => name.startsWith("suite 1: HPKE")))
        run(provider);
    }).not.toThrow();
  });
});

function fromNoble(imitation: NodeCrypto): string[] {
  const chosen = standardPrimitives(nativePrimitives(imitation));
  return names.filter((name) => chosen[name] === noblePrimitives[name]);
}
