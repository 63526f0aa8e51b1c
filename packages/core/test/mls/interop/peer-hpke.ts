import { createECDH, createHmac, diffieHellman } from "node:crypto";
import { type Curve, privateKeyOf, publicBytesOf, publicKeyOf, secretKeyOf } from "./peer-keys.ts";

/** HKDF-SHA256 (RFC 5869). */
export const hkdf = {
  extract: (salt: Uint8Array, secret: Uint8Array): Uint8Array => hmac(salt, secret),
  expand(key: Uint8Array, info: Uint8Array, length: number): Uint8Array {
    const blocks: Uint8Array[] = [];
    let last: Uint8Array = new Uint8Array(0);
    for (let counter = 1; blocks.length * 32 < length; counter++) {
      last = hmac(key, last, info, Uint8Array.of(counter));
      blocks.push(last);
    }
    return joined(...blocks).slice(0, length);
  },
};

/** HMAC-SHA256. */
export function hmac(key: Uint8Array, ...data: Uint8Array[]): Uint8Array {
  const mac = createHmac("sha256", secretKeyOf(key));
  for (const part of data) mac.update(part);
  return new Uint8Array(mac.digest());
}

/** What HPKE derives from an encapsulated key (RFC 9180 §5.1), for one message or one export. */
export interface HpkeContext {
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
  exported(context: Uint8Array, length: number): Uint8Array;
}

/** The identifiers of an HPKE suite with HKDF-SHA256 (RFC 9180 §7), and the bytes of its AEAD key. */
export interface HpkeIds {
  readonly curve: Exclude<Curve, "Ed25519">;
  readonly aead: number;
  readonly keySize: number;
}

/** DeriveKeyPair (RFC 9180 §7.1.3). */
export function derivedKeyPair(
  curve: HpkeIds["curve"],
  secret: Uint8Array,
): { publicKey: Uint8Array; privateKey: Uint8Array } {
  const id = kemId(curve);
  const extracted = labeledExtract(id, new Uint8Array(0), "dkp_prk", secret);
  // The first candidate of P-256 is out of range once in 2^32 times.
  const [label, info] = curve === "P-256" ? ["candidate", Uint8Array.of(0)] : ["sk", new Uint8Array(0)];
  const privateKey = labeledExpand(id, extracted, label as string, info as Uint8Array, 32);
  return { privateKey, publicKey: publicBytesOf(curve, privateKey) };
}

/** The sender's side of base mode; `seed` makes the ephemeral key. */
export function sendContext(
  ids: HpkeIds,
  publicKey: Uint8Array,
  info: Uint8Array,
  seed: Uint8Array,
): { enc: Uint8Array; context: HpkeContext } {
  const ephemeral = derivedKeyPair(ids.curve, seed);
  const shared = diffieHellmanOf(ids.curve, ephemeral.privateKey, publicKey);
  const secret = sharedSecret(ids.curve, shared, ephemeral.publicKey, publicKey);
  return { enc: ephemeral.publicKey, context: contextOf(ids, secret, info) };
}

/** The receiver's side of base mode. */
export function receiveContext(
  ids: HpkeIds,
  privateKey: Uint8Array,
  enc: Uint8Array,
  info: Uint8Array,
): HpkeContext {
  const shared = diffieHellmanOf(ids.curve, privateKey, enc);
  const secret = sharedSecret(ids.curve, shared, enc, publicBytesOf(ids.curve, privateKey));
  return contextOf(ids, secret, info);
}

function contextOf({ curve, aead, keySize }: HpkeIds, shared: Uint8Array, info: Uint8Array): HpkeContext {
  const suite = joined(ascii("HPKE"), uint16(kemNumber(curve)), uint16(1), uint16(aead));
  const nothing = new Uint8Array(0);
  const context = joined(
    Uint8Array.of(0),
    labeledExtract(suite, nothing, "psk_id_hash", nothing),
    labeledExtract(suite, nothing, "info_hash", info),
  );
  const secret = labeledExtract(suite, shared, "secret", nothing);
  const exporter = labeledExpand(suite, secret, "exp", context, 32);
  return {
    key: labeledExpand(suite, secret, "key", context, keySize),
    nonce: labeledExpand(suite, secret, "base_nonce", context, 12),
    exported: (exporterContext, length) => labeledExpand(suite, exporter, "sec", exporterContext, length),
  };
}

function sharedSecret(
  curve: HpkeIds["curve"],
  shared: Uint8Array,
  enc: Uint8Array,
  recipient: Uint8Array,
): Uint8Array {
  const extracted = labeledExtract(kemId(curve), new Uint8Array(0), "eae_prk", shared);
  return labeledExpand(kemId(curve), extracted, "shared_secret", joined(enc, recipient), 32);
}

function diffieHellmanOf(curve: HpkeIds["curve"], privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array {
  if (curve === "P-256") {
    const ecdh = createECDH("prime256v1");
    ecdh.setPrivateKey(privateKey);
    return ecdh.computeSecret(publicKey);
  }
  return diffieHellman({
    privateKey: privateKeyOf(curve, privateKey),
    publicKey: publicKeyOf(curve, publicKey),
  });
}

function kemNumber(curve: HpkeIds["curve"]): number {
  return curve === "P-256" ? 0x10 : 0x20;
}

function kemId(curve: HpkeIds["curve"]): Uint8Array {
  return joined(ascii("KEM"), uint16(kemNumber(curve)));
}

function labeledExtract(suite: Uint8Array, salt: Uint8Array, label: string, secret: Uint8Array): Uint8Array {
  return hkdf.extract(salt, joined(ascii("HPKE-v1"), suite, ascii(label), secret));
}

function labeledExpand(
  suite: Uint8Array,
  key: Uint8Array,
  label: string,
  info: Uint8Array,
  length: number,
): Uint8Array {
  return hkdf.expand(key, joined(uint16(length), ascii("HPKE-v1"), suite, ascii(label), info), length);
}

function joined(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

function ascii(value: string): Uint8Array {
  return Buffer.from(value, "ascii");
}

function uint16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 0xff);
}
