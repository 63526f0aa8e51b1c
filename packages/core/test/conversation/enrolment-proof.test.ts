import { describe, expect, test } from "vitest";
import { utf8 } from "../../src/codec/utf8.ts";
import { type Enrolment, signEnrolment, verifyEnrolment } from "../../src/conversation/enrolment-proof.ts";
import { signLogin } from "../../src/conversation/login-proof.ts";
import type { CipherSuite } from "../../src/crypto/suite.ts";
import { defaultCryptoProvider } from "../../src/crypto.ts";

const suite = defaultCryptoProvider().suite(2) as CipherSuite;
const keyOf = (fill: number) =>
  suite.signature.deriveKeyPair(new Uint8Array(suite.signature.seedSize).fill(fill));
const { publicKey: signaturePublicKey, privateKey } = keyOf(1);
const enrolment: Enrolment = {
  person: "ada@mercy.example",
  device: "phone",
  signaturePublicKey,
  challenge: utf8("from the organisation"),
};
const proof = signEnrolment(suite, privateKey, enrolment);

describe("who asks for a credential", () => {
  test("proves to hold the key", () => {
    expect(verifyEnrolment(suite, enrolment, proof)).toBe(true);
  });

  test.each<[what: string, change: Partial<Enrolment>]>([
    ["another person", { person: "eve@mercy.example" }],
    ["another device", { device: "tablet" }],
    ["another key", { signaturePublicKey: keyOf(2).publicKey }],
    ["another challenge", { challenge: utf8("from somebody else") }],
    ["what is no key", { signaturePublicKey: new Uint8Array(65) }],
    ["a challenge that is too long", { challenge: new Uint8Array(1_025) }],
  ])("proves nothing for %s", (_, change) => {
    expect(verifyEnrolment(suite, { ...enrolment, ...change }, proof)).toBe(false);
  });

  test("proves nothing with another key's signature, or none", () => {
    const other = signEnrolment(suite, keyOf(2).privateKey, enrolment);
    for (const wrong of [other, new Uint8Array(), proof.subarray(1)])
      expect(verifyEnrolment(suite, enrolment, wrong)).toBe(false);
  });

  test("signs no challenge that is too long", () => {
    const long = { ...enrolment, challenge: new Uint8Array(1_025) };
    expect(() => signEnrolment(suite, privateKey, long)).toThrow(
      expect.objectContaining({ code: "too-large" }),
    );
    expect(() =>
      signEnrolment(suite, privateKey, { ...long, challenge: new Uint8Array(1_024) }),
    ).not.toThrow();
  });

  test("does not log in anywhere with it, nor enrols with a login", () => {
    const challenge = { relay: "relay.example", logKey: signaturePublicKey, nonce: new Uint8Array(32) };
    const claim = { suite: 2, signatureKey: signaturePublicKey, credential: utf8("ada@mercy.example/phone") };
    const { signature } = signLogin(suite, privateKey, challenge, claim);
    expect(verifyEnrolment(suite, enrolment, signature)).toBe(false);
  });
});
