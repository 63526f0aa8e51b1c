import { concatBytes, equalBytes, numberToBytesBE, utf8ToBytes } from "@noble/ciphers/utils.js";
import { sha256 } from "@noble/hashes/sha2.js";
import type { VerifySignature } from "../verdict.ts";
import { array, bytes, type Cbor, natural } from "./cbor.ts";
import type { Group } from "./group.ts";
import { check } from "./refusal.ts";
import { attempt, labelled } from "./suites.ts";
import { Reader, u16, u64, vector } from "./tls.ts";

/** A part of a log without a gap, whose end its relay has signed; times are milliseconds. */
export type Log = ReturnType<typeof readLog>;

/**
 * Reads `[first number, hash before it, [[kind, epoch, accepted at, payload hash], …], signed at, signature]`. All else
 * that the hash of an entry (`EntryTBS`) and a head of profile RB-1 cover follows from the group and the entry before.
 */
export function readLog(value: Cbor | undefined, group: Group, isSigned: VerifySignature) {
  const [start, before, rows, time, signature] = array(value, 5);
  const [first, signedAt] = [natural(start), natural(time)];
  let [last, hash, latest] = [first - 1, bytes(before, 32), 0];
  const entries = new Map<number, { epoch: number; acceptedAt: number; payloadHash: Uint8Array }>();
  // Of each entry, and of the one before the first.
  const hashes = new Map([[last, hash]]);
  for (const row of array(rows)) {
    const [kind, inEpoch, accepted, payload] = array(row, 4);
    const [epoch, acceptedAt, payloadHash] = [natural(inEpoch), natural(accepted), bytes(payload, 32)];
    last += 1;
    check(acceptedAt >= latest, "log", `Entry ${last} is older than the one before it.`);
    latest = acceptedAt;
    const place = concatBytes(u16(1), group.id, u64(last), hash, numberToBytesBE(natural(kind), 1));
    const rest = concatBytes(u64(epoch), payloadHash, u64(acceptedAt), vector(utf8ToBytes(group.relay)));
    hash = sha256(concatBytes(utf8ToBytes("RB-1 entry"), place, rest));
    entries.set(last, { epoch, acceptedAt, payloadHash });
    hashes.set(last, hash);
  }
  const head = labelled("RB-1 Head", concatBytes(group.id, u64(last), hash, u64(signedAt)));
  const holds = isSigned("p256", group.logKey, head, bytes(signature));
  check(holds, "head", `The relay's key did not sign this log up to entry ${last}.`);
  return { entries, hashes, first, last, signedAt };
}

/** Something that a device signed and that stands in the log; `content` is what was signed. */
export type Item = ReturnType<typeof readItem>;

/**
 * Reads `[number, leaf, key, nonce, PrivateMessage]`: an entry as the relay has it, with the key that opens this message
 * and no other. Checks that the log holds these bytes at this place, that they open, and that the member at the leaf
 * signed what is in them, for this group, this epoch and these members (RFC 9420 §6).
 */
export function readItem(value: Cbor, groups: readonly Group[], log: Log, isSigned: VerifySignature) {
  const [number, leaf, key, nonce, message] = array(value, 5);
  const [seq, index, payload] = [natural(number), natural(leaf), bytes(message)];
  const entry = log.entries.get(seq);
  const isThere = entry !== undefined && equalBytes(sha256(payload), entry.payloadHash);
  check(isThere, "place", `Entry ${seq} of the log is not what stands in the file.`);
  const group = groups.find(({ epoch }) => epoch === entry.epoch);
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
  const { cipher, keySize, scheme } = group.suite;
  const opening = cipher(bytes(key, keySize), bytes(nonce, 12), concatBytes(here, authenticated));
  const opened = attempt(() => opening.decrypt(sealed));
  check(opened !== undefined, "place", `The key in the file does not open entry ${seq}.`);
  const inside = new Reader(opened);
  const [content, signature] = [inside.vector(), inside.vector()];
  const isPadded = opened.subarray(inside.at).every((byte) => byte === 0);
  check(isPadded, "malformed", `Entry ${seq} holds something behind what was signed.`);

  // FramedContentTBS (§6.1): what stands in the clear with the sender, a member, in front of the associated data.
  const sender = concatBytes(Uint8Array.of(1), numberToBytesBE(index, 4));
  const [place, type] = [here.subarray(0, -1), here.subarray(-1)];
  const framed = concatBytes(wireFormat, place, sender, authenticated, type, vector(content));
  const signed = labelled("FramedContentTBS", concatBytes(framed, group.context));
  const holds = isSigned(scheme, signer.signatureKey, signed, signature);
  check(holds, "signature", `The signature of entry ${seq} is not by the member who is named.`);
  return { seq, acceptedAt: entry.acceptedAt, group, signer, content };
}
