import { concatBytes, numberToBytesBE, utf8ToBytes } from "@noble/ciphers/utils.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { array, bytes, type Cbor, natural } from "./cbor.ts";
import type { Group } from "./group.ts";
import { check } from "./refusal.ts";
import type { IsSigned } from "./suites.ts";
import { u16, u64, vector } from "./tls.ts";

/** One entry of a log, without what it carries. */
export interface Entry {
  readonly epoch: number;
  /** When the relay accepted it, milliseconds. */
  readonly acceptedAt: number;
  readonly payloadHash: Uint8Array;
  readonly hash: Uint8Array;
}

/** A part of a log without a gap, by number, and the head that its relay signed over the last entry. */
export interface Log {
  readonly entries: ReadonlyMap<number, Entry>;
  readonly first: number;
  readonly last: number;
  /** The hash of the entry before the first. */
  readonly before: Uint8Array;
  /** When the relay signed the head, milliseconds. */
  readonly signedAt: number;
}

/**
 * Reads `[first number, hash before it, [[kind, epoch, accepted at, payload hash], …], signed at, signature]`. All else
 * that the hash of an entry (`EntryTBS`) and a head of profile RB-1 cover follows from the group and the entry before.
 */
export function readLog(value: Cbor | undefined, group: Group, isSigned: IsSigned): Log {
  const [start, hashBefore, rows, time, signature] = array(value, 5);
  const [first, before, signedAt] = [natural(start), bytes(hashBefore, 32), natural(time)];
  const entries = new Map<number, Entry>();
  let hash = before;
  let latest = 0;
  for (const row of array(rows)) {
    const [kind, inEpoch, accepted, payload] = array(row, 4);
    const [epoch, acceptedAt, payloadHash] = [natural(inEpoch), natural(accepted), bytes(payload, 32)];
    const seq = first + entries.size;
    check(acceptedAt >= latest, "log", `Entry ${seq} is older than the one before it.`);
    latest = acceptedAt;
    const place = concatBytes(u16(1), group.id, u64(seq), hash, numberToBytesBE(natural(kind), 1));
    const rest = concatBytes(u64(epoch), payloadHash, u64(acceptedAt), vector(utf8ToBytes(group.relay)));
    hash = sha256(concatBytes(utf8ToBytes("RB-1 entry"), place, rest));
    entries.set(seq, { epoch, acceptedAt, payloadHash, hash });
  }
  const last = first + entries.size - 1;
  const head = concatBytes(group.id, u64(last), hash, u64(signedAt));
  const holds = isSigned("p256", group.logKey, "RB-1 Head", head, bytes(signature));
  check(holds, "head", `The relay's key did not sign this log up to entry ${last}.`);
  return { entries, first, last, before, signedAt };
}
