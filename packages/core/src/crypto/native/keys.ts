import { concat } from "../../codec/bytes.ts";
import { fromHex } from "../../codec/hex.ts";
import { wipe } from "../wipe.ts";
import { fromBase64Url } from "./bytes.ts";
import { remembered } from "./key-cache.ts";
import type { KeyObject, NodeCrypto } from "./node-crypto.ts";

/** Imports keys of one algorithm. Each array is imported once, see {@link remembered}. */
export interface KeyImport {
  publicKey(bytes: Uint8Array): KeyObject;
  privateKey(bytes: Uint8Array): KeyObject;
}

// What stands before the raw key in SubjectPublicKeyInfo (RFC 5280) and PKCS #8 (RFC 5958): identifiers and lengths.
const prefixes = {
  x25519: { spki: "302a300506032b656e032100", pkcs8: "302e020100300506032b656e04220420" },
  ed25519: { spki: "302a300506032b6570032100", pkcs8: "302e020100300506032b657004220420" },
  p256: {
    spki: "3059301306072a8648ce3d020106082a8648ce3d030107034200",
    pkcs8: "3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420",
  },
} as const;

/** Raw keys of an algorithm as key objects. The sizes of the bytes are the caller's to check; a bad point throws. */
export function keyImport(node: NodeCrypto, algorithm: keyof typeof prefixes): KeyImport {
  const spki = fromHex(prefixes[algorithm].spki);
  const pkcs8 = fromHex(prefixes[algorithm].pkcs8);
  return {
    publicKey: remembered((bytes) =>
      node.createPublicKey({ key: concat(spki, bytes), format: "der", type: "spki" }),
    ),
    privateKey: remembered((bytes) => {
      const der = concat(pkcs8, bytes);
      const key = node.createPrivateKey({ key: der, format: "der", type: "pkcs8" });
      wipe(der);
      return key;
    }),
  };
}

/** The raw public key of an X25519 or Ed25519 private key. As JWK it comes in 2 µs, as DER in 40. */
export function rawPublicKey(node: NodeCrypto, privateKey: KeyObject): Uint8Array {
  return fromBase64Url(node.createPublicKey(privateKey).export({ format: "jwk" }).x ?? "");
}
