import {
  createECDH,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  type KeyObject,
  type webcrypto,
} from "node:crypto";
import { concatBytes } from "../../../src/codec/bytes.ts";
import { utf8 } from "../../../src/codec/utf8.ts";
import { hkdfExpand, hkdfExtract } from "./peer-hkdf.ts";

/** A key encapsulation mechanism of RFC 9180 §4.1 for the peer, on `node:crypto` and sharing nothing with the engine. */
export interface PeerKem {
  readonly id: number;
  publicKey(privateKey: Uint8Array): Uint8Array;
  deriveKeyPair(secret: Uint8Array): { publicKey: Uint8Array; privateKey: Uint8Array };
  encapsulate(publicKey: Uint8Array, seed: Uint8Array): { shared: Uint8Array; enc: Uint8Array };
  decapsulate(enc: Uint8Array, privateKey: Uint8Array): Uint8Array;
}
