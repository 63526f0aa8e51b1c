import { concatBytes, equalBytes, numberToBytesBE } from "@noble/ciphers/utils.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { array, bytes, type Cbor, natural } from "./cbor.ts";
import type { Group, Leaf } from "./group.ts";
import type { Log } from "./log.ts";
import { check } from "./refusal.ts";
import type { IsSigned, Suite } from "./suites.ts";
import { Reader, u16, u64, vector } from "./tls.ts";

/** Something that a device signed and that stands in the log; `content` is what was signed. */
export interface Item {
  readonly seq: number;
  readonly acceptedAt: number;
  readonly group: Group;
  readonly signer: Leaf;
  readonly content: Uint8Array;
}

/**
 * Reads `[number, leaf, key, nonce, PrivateMessage]`: an entry as the relay has it, with the key that opens this message
 * and no other. Checks that the log holds these bytes at this place, that they open, and that the member at the leaf
 * signed what is in them, for this group, this epoch and these members (RFC 9420 §6).
 */
export function readItem(
  value: Cbor,
  groups: ReadonlyMap<number, Group>,
  log: Log,
  isSigned: IsSigned,
): Item {
  const [number, leaf, key, nonce, message] = array(value, 5);
  const [seq, index, payload] = [natural(number), natural(leaf), bytes(message)];
  const entry = log.entries.get(seq);
  const isThere = entry !== undefined && equalBytes(sha256(payload), entry.payloadHash);
  check(isThere, "place", `Entry ${seq} of the log is not what stands in the file.`);
  const group = groups.get(entry.epoch);
  check(group !== undefined, "group", `The group of entry ${seq} is not in the file.`);
  const signer = group.leaves.get(index);
  check(signer !== undefined, "signer", `The signer of entry ${seq} is not among the members.`);

  // MLSMessage with a PrivateMessage of application data (§6, §6.3). What stands in the clear, group and epoch and kind, is
  // what must stand there: with anything else it would not open, since the key binds it.
  const here = concatBytes(vector(group.id), u64(group.epoch), Uint8Array.of(1));
  const wireFormat = concatBytes(u16(1), u16(2));
  const reader = new Reader(payload);
  reader.raw(wireFormat.length + here.length);
  const authenticated = vector(reader.vector());
  reader.vector();
  const sealed = reader.vector();
  reader.finish();
  const opened = open(group.suite, bytes(key), bytes(nonce), concatBytes(here, authenticated), sealed);
  check(opened !== undefined, "place", `The key in the file does not open entry ${seq}.`);
  const inside = new Reader(opened);
  const [content, signature] = [inside.vector(), inside.vector()];
  const isPadded = opened.subarray(inside.at).every((byte) => byte === 0);
  check(isPadded, "malformed", `Entry ${seq} holds something behind what was signed.`);

  // FramedContentTBS (§6.1): what stands in the clear with the sender, a member, in front of the associated data.
  const sender = concatBytes(Uint8Array.of(1), numberToBytesBE(index, 4));
  const [place, type] = [here.subarray(0, -1), here.subarray(-1)];
  const framed = concatBytes(place, sender, authenticated, type, vector(content));
  const signed = concatBytes(wireFormat, framed, group.context);
  const holds = isSigned(group.suite.scheme, signer.signatureKey, "FramedContentTBS", signed, signature);
  check(holds, "signature", `The signature of entry ${seq} is not by the member who is named.`);
  return { seq, acceptedAt: entry.acceptedAt, group, signer, content };
}

function open(suite: Suite, key: Uint8Array, nonce: Uint8Array, bound: Uint8Array, sealed: Uint8Array) {
  try {
    return key.length === suite.keySize ? suite.cipher(key, nonce, bound).decrypt(sealed) : undefined;
  } catch {
    return undefined;
  }
}
