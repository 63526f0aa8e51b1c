import { concat } from "../../codec/bytes.ts";
import { fromHex } from "../../codec/hex.ts";
import { equal } from "../equal.ts";
import { own } from "../native/bytes.ts";
import { firstUsable } from "../native/first-usable.ts";
import type { KeyObject, NodeCrypto } from "../native/node-crypto.ts";
import { wipe } from "../wipe.ts";
import { type MlKem768, mlKem768Sizes, nobleMlKem768 } from "./ml-kem.ts";

// What stands before the seed in PKCS #8 (RFC 9935, the form with nothing but the seed).
const pkcs8 = /* @__PURE__ */ fromHex("3054020100300b060960864801650304040204428040");

/** ML-KEM-768 of `node:crypto` where it has it, of noble elsewhere. Encapsulation is noble's, see {@link MlKem768}. */
export function nativeMlKem768(node: NodeCrypto): MlKem768 {
  return firstUsable(() => make(node), nobleMlKem768, works);
}

function make(node: NodeCrypto): MlKem768 {
  const privateKey = keyImport(node);
  return {
    publicKey(seed) {
      const encoded = node
        .createPublicKey(privateKey(seed))
        .export({ format: "der", type: "spki" })
        .subarray(-mlKem768Sizes.publicKey);
      return new Uint8Array(encoded);
    },
    encapsulate: nobleMlKem768.encapsulate,
    decapsulate: (encapsulated, seed) => own(node.decapsulate(privateKey(seed), encapsulated)),
  };
}

/** Newer releases of Node take raw seeds, at half the price of DER. */
function keyImport(node: NodeCrypto): (seed: Uint8Array) => KeyObject {
  const fromRaw = (key: Uint8Array) =>
    node.createPrivateKey({ key, format: "raw-seed", asymmetricKeyType: "ml-kem-768" });
  try {
    fromRaw(new Uint8Array(mlKem768Sizes.seed));
    return fromRaw;
  } catch {
    return (seed) => {
      const der = concat(pkcs8, seed);
      try {
        return node.createPrivateKey({ key: der, format: "der", type: "pkcs8" });
      } finally {
        wipe(der);
      }
    };
  }
}

function works(made: MlKem768, other: MlKem768): boolean {
  const seed = new Uint8Array(mlKem768Sizes.seed).fill(0x52);
  const publicKey = made.publicKey(seed);
  if (!equal(publicKey, other.publicKey(seed))) return false;
  const { secret, encapsulated } = other.encapsulate(publicKey, seed.subarray(32));
  return equal(made.decapsulate(encapsulated, seed), secret);
}
