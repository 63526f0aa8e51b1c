import { describe, expect, test } from "vitest";
import type { CipherSuite } from "../../src/crypto/suite.ts";
import {
  defaultCryptoProvider,
  nobleCryptoProvider,
  p384Suite,
  type SuiteSource,
  withSuites,
} from "../../src/crypto.ts";
import { p521Suite, x448Suite } from "../../src/suites.ts";
import { everyId, everySuite } from "./every-suite.ts";

describe("withSuites", () => {
  test("adds what is named, and nothing else", () => {
    for (const provider of [nobleCryptoProvider, defaultCryptoProvider()]) {
      const had = everyId.filter((id) => provider.suite(id) !== undefined);
      expect(had).toEqual([1, 2, 3, 7]);
      const has = withSuites(provider, p521Suite);
      expect(everyId.filter((id) => has.suite(id) !== undefined)).toEqual([1, 2, 3, 5, 7]);
      expect(has.suite(2)).toBe(provider.suite(2));
      expect(has.aes256Gcm).toBe(provider.aes256Gcm);
      expect(has.name).toBe(provider.name);
      expect(provider.suite(5)).toBeUndefined();
    }
  });

  test("builds a suite once, when it is asked for", () => {
    let built = 0;
    const source: SuiteSource = {
      id: 0xf0ff,
      name: "counted",
      build(on) {
        built += 1;
        return p384Suite.build(on);
      },
    };
    const provider = withSuites(nobleCryptoProvider, source);
    provider.suite(1);
    expect(built).toBe(0);
    expect(provider.suite(0xf0ff)).toBe(provider.suite(0xf0ff));
    expect(built).toBe(1);
  });

  test("puts a suite in the place of one with the same number, and the later of two", () => {
    const named = (name: string): SuiteSource => ({
      id: 1,
      name,
      build: () => ({ ...(nobleCryptoProvider.suite(1) as CipherSuite), name }),
    });
    expect(withSuites(nobleCryptoProvider, named("a")).suite(1)?.name).toBe("a");
    expect(withSuites(nobleCryptoProvider, named("a"), named("b")).suite(1)?.name).toBe("b");
    expect(withSuites(withSuites(nobleCryptoProvider, named("a")), named("b")).suite(1)?.name).toBe("b");
  });

  test("composes", () => {
    const provider = withSuites(withSuites(defaultCryptoProvider(), p521Suite), x448Suite);
    expect(provider.native).toBe(defaultCryptoProvider().native);
    expect([4, 5].map((id) => provider.suite(id)?.id)).toEqual([4, 5]);
  });
});

test("each suite has its number, its name in the registry and the identifiers of HPKE", () => {
  const provider = everySuite(nobleCryptoProvider);
  const of = (id: number) => provider.suite(id) as CipherSuite;
  expect(
    everyId.map(of).map(({ id, name, kem, kdfId, aeadId }) => [id, kem.id, kdfId, aeadId, name]),
  ).toEqual([
    [1, 0x0020, 1, 1, "MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519"],
    [2, 0x0010, 1, 1, "MLS_128_DHKEMP256_AES128GCM_SHA256_P256"],
    [3, 0x0020, 1, 3, "MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519"],
    [4, 0x0021, 3, 2, "MLS_256_DHKEMX448_AES256GCM_SHA512_Ed448"],
    [5, 0x0012, 3, 2, "MLS_256_DHKEMP521_AES256GCM_SHA512_P521"],
    [6, 0x0021, 3, 3, "MLS_256_DHKEMX448_CHACHA20POLY1305_SHA512_Ed448"],
    [7, 0x0011, 2, 2, "MLS_256_DHKEMP384_AES256GCM_SHA384_P384"],
    [0xf002, 0x647a, 2, 2, "EXPERIMENTAL_MLS_128_MLKEM768X25519_AES256GCM_SHA384_Ed25519"],
    [0xf004, 0x0050, 2, 2, "EXPERIMENTAL_MLS_128_MLKEM768P256_AES256GCM_SHA384_P256"],
  ]);
});
