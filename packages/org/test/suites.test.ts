import { ed25519 } from "@noble/curves/ed25519.js";
import { p256, p384 } from "@noble/curves/nist.js";
import { describe, expect, test } from "vitest";
import { verifyWithNoble } from "../src/verify/suites.ts";

const secretKey = (size: number) => new Uint8Array(size).fill(7);
const message = new Uint8Array(20).fill(1);
const curves = [
  ["p256", p256, 32],
  ["p384", p384, 48],
] as const;

describe("a signature", () => {
  test.each(curves)("of %s holds for its message and key, with either value of s", (scheme, curve, size) => {
    const key = curve.getPublicKey(secretKey(size), false);
    const other = curve.getPublicKey(secretKey(size).fill(8), false);
    const { r, s } = curve.Signature.fromBytes(
      curve.sign(message, secretKey(size), { format: "der" }),
      "der",
    );
    for (const value of [s, curve.Point.CURVE().n - s]) {
      const signature = new curve.Signature(r, value).toBytes("der");
      expect(verifyWithNoble(scheme, key, message, signature)).toBe(true);
      expect(verifyWithNoble(scheme, key, message.with(0, 2), signature)).toBe(false);
      expect(verifyWithNoble(scheme, other, message, signature)).toBe(false);
    }
  });

  test.each(curves)("of %s does not hold for a compressed key", (scheme, curve, size) => {
    const signature = curve.sign(message, secretKey(size), { format: "der" });
    expect(verifyWithNoble(scheme, curve.getPublicKey(secretKey(size), true), message, signature)).toBe(
      false,
    );
  });

  test("of ed25519 holds for its message and key", () => {
    const signature = ed25519.sign(message, secretKey(32));
    const key = ed25519.getPublicKey(secretKey(32));
    expect(verifyWithNoble("ed25519", key, message, signature)).toBe(true);
    expect(verifyWithNoble("ed25519", key, message.with(0, 2), signature)).toBe(false);
    expect(verifyWithNoble("ed25519", ed25519.getPublicKey(secretKey(32).fill(8)), message, signature)).toBe(
      false,
    );
  });
});
