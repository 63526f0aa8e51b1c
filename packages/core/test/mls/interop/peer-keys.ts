import { createECDH, createPrivateKey, createPublicKey, createSecretKey, type KeyObject } from "node:crypto";

/** The curves of suites 1, 2 and 3. */
export type Curve = "X25519" | "Ed25519" | "P-256";

const keyTypes = { X25519: 0x6e, Ed25519: 0x70 };

/** Importing a key takes Node as long as using it, and the same few are used again and again. */
const imported = new Map<string, KeyObject>();
const mostImported = 4_096;

/** A private key of RFC 9420's form as `node:crypto` takes it. */
export function privateKeyOf(curve: Curve, bytes: Uint8Array): KeyObject {
  return once(`${curve} private`, bytes, () => importPrivateKey(curve, bytes));
}

/** A public key of RFC 9420's form as `node:crypto` takes it. */
export function publicKeyOf(curve: Curve, bytes: Uint8Array): KeyObject {
  const key = () => (curve === "P-256" ? pointOf(bytes) : { kty: "OKP", crv: curve, x: text(bytes) });
  return once(`${curve} public`, bytes, () => createPublicKey({ key: key(), format: "jwk" }));
}

/** A symmetric key as `node:crypto` takes it. */
export function secretKeyOf(bytes: Uint8Array): KeyObject {
  return createSecretKey(bytes);
}

function once(kind: string, bytes: Uint8Array, make: () => KeyObject): KeyObject {
  const name = `${kind} ${text(bytes)}`;
  const known = imported.get(name);
  if (known !== undefined) return known;
  if (imported.size >= mostImported) imported.clear();
  const key = make();
  imported.set(name, key);
  return key;
}

function importPrivateKey(curve: Curve, bytes: Uint8Array): KeyObject {
  if (curve === "P-256") {
    const point = p256PublicKey(bytes);
    return createPrivateKey({ key: { ...pointOf(point), d: text(bytes) }, format: "jwk" });
  }
  const prefix = [
    0x30,
    0x2e,
    0x02,
    0x01,
    0x00,
    0x30,
    0x05,
    0x06,
    0x03,
    0x2b,
    0x65,
    keyTypes[curve],
    0x04,
    0x22,
  ];
  const key = Buffer.concat([Buffer.from([...prefix, 0x04, 0x20]), bytes]);
  return createPrivateKey({ key, format: "der", type: "pkcs8" });
}

/** The public key, in RFC 9420's form, of a private one. */
export function publicBytesOf(curve: Curve, bytes: Uint8Array): Uint8Array {
  if (curve === "P-256") return p256PublicKey(bytes);
  const { x } = createPublicKey(privateKeyOf(curve, bytes)).export({ format: "jwk" });
  return new Uint8Array(Buffer.from(x ?? "", "base64url"));
}

function p256PublicKey(privateKey: Uint8Array): Uint8Array {
  const ecdh = createECDH("prime256v1");
  ecdh.setPrivateKey(privateKey);
  return new Uint8Array(ecdh.getPublicKey());
}

function pointOf(bytes: Uint8Array): { kty: string; crv: string; x: string; y: string } {
  return { kty: "EC", crv: "P-256", x: text(bytes.subarray(1, 33)), y: text(bytes.subarray(33)) };
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64url");
}
