import { concat } from "../../codec/bytes.ts";
import { fromHex } from "../../codec/hex.ts";
import { wipe } from "../wipe.ts";
import { fromBase64Url } from "./bytes.ts";
import { remembered } from "./key-cache.ts";
import type { KeyObject, NodeCrypto, RawKeyType } from "./node-crypto.ts";

/** Imports raw keys of one algorithm. Each array is imported once, see {@link remembered}. */
export interface KeyImport {
  publicKey(bytes: Uint8Array): KeyObject;
  privateKey(bytes: Uint8Array): KeyObject;
}

interface Algorithm {
  readonly type: RawKeyType;
  // What stands before the raw key in SubjectPublicKeyInfo (RFC 5280) and PKCS #8 (RFC 5958): identifiers and lengths.
  readonly spki: string;
  readonly pkcs8: string;
}

const algorithms = {
  x25519: {
    type: { asymmetricKeyType: "x25519" },
    spki: "302a300506032b656e032100",
    pkcs8: "302e020100300506032b656e04220420",
  },
  ed25519: {
    type: { asymmetricKeyType: "ed25519" },
    spki: "302a300506032b6570032100",
    pkcs8: "302e020100300506032b657004220420",
  },
  p256: {
    type: { asymmetricKeyType: "ec", namedCurve: "prime256v1" },
    spki: "3059301306072a8648ce3d020106082a8648ce3d030107034200",
    pkcs8: "3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420",
  },
} as const satisfies Record<string, Algorithm>;

/**
 * Keys of an algorithm as key objects. Sizes are the caller's to check.
 *
 * @param check - throws where a private key is not valid; called before each import, not before each use
 */
export function keyImport(
  node: NodeCrypto,
  algorithm: keyof typeof algorithms,
  check: (privateKey: Uint8Array) => void,
): KeyImport {
  const chosen = algorithms[algorithm];
  const { publicKey, privateKey } = takesRawKeys(node, chosen.type)
    ? rawImport(node, chosen.type)
    : derImport(node, chosen);
  return {
    publicKey: remembered(publicKey),
    privateKey: remembered((bytes) => {
      check(bytes);
      return privateKey(bytes);
    }),
  };
}

/** The raw public key of an X25519 or Ed25519 private key. As JWK it comes in 2 µs, as DER in 40. */
export function rawPublicKey(node: NodeCrypto, privateKey: KeyObject): Uint8Array {
  return fromBase64Url(node.createPublicKey(privateKey).export({ format: "jwk" }).x ?? "");
}

/** Newer releases of Node take raw keys, at three quarters of the price of DER. */
function takesRawKeys(node: NodeCrypto, type: RawKeyType): boolean {
  try {
    rawImport(node, type).privateKey(new Uint8Array(32).fill(1));
    return true;
  } catch {
    return false;
  }
}

function rawImport(node: NodeCrypto, type: RawKeyType): KeyImport {
  return {
    publicKey: (key) => node.createPublicKey({ key, format: "raw-public", ...type }),
    privateKey: (key) => node.createPrivateKey({ key, format: "raw-private", ...type }),
  };
}

function derImport(node: NodeCrypto, algorithm: Algorithm): KeyImport {
  const spki = fromHex(algorithm.spki);
  const pkcs8 = fromHex(algorithm.pkcs8);
  return {
    publicKey: (bytes) => node.createPublicKey({ key: concat(spki, bytes), format: "der", type: "spki" }),
    privateKey(bytes) {
      const der = concat(pkcs8, bytes);
      try {
        return node.createPrivateKey({ key: der, format: "der", type: "pkcs8" });
      } finally {
        wipe(der);
      }
    },
  };
}
