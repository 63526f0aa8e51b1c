import { sameBytes } from "../codec/bytes.ts";
import { decode, type Reader } from "../codec/reader.ts";
import { encode, type Writer } from "../codec/writer.ts";
import type { CipherSuite } from "../crypto/suite.ts";
import { entryHash, verifyHead } from "./log-entry.ts";
import { type LogPage, readPage, writePage } from "./log-page.ts";
import { readRecordVersion } from "./message-record.ts";

/**
 * That a relay has signed two histories of one log. Anybody can check it who knows the relay's key: nothing in it is
 * secret but who said something when, and nothing is said.
 */
export interface ForkProof {
  /** The entry that is not the same in both. */
  readonly seq: number;
  /** For each history the entries after `seq`, which may be none, up to one that the relay has signed. */
  readonly branches: readonly [LogPage, LogPage];
}

/**
 * Whether both histories were signed with the key, for one conversation, and differ at the place named. Never throws.
 * @param suite - the suite 0x0002
 * @param logKey - the relay's key; from what the members agreed on, not from whoever shows the proof
 */
export function verifyForkProof(suite: CipherSuite, logKey: Uint8Array, proof: ForkProof): boolean {
  const { seq, branches } = proof;
  const [one, other] = branches.map((branch) => hashBefore(suite, seq, branch));
  if (one === undefined || other === undefined || sameBytes(one, other)) return false;
  const [first, second] = branches;
  return (
    sameBytes(first.head.conversation, second.head.conversation) &&
    branches.every(({ head }) => verifyHead(suite, logKey, head))
  );
}

/** The hash of entry `seq` in a history, or `undefined` where the entries after it do not lead to the head. */
export function hashBefore(
  suite: CipherSuite,
  seq: number,
  { headers, head }: LogPage,
): Uint8Array | undefined {
  let hash = headers[0]?.previousHash ?? head.entryHash;
  const before = hash;
  for (const [index, header] of headers.entries()) {
    const follows =
      header.seq === seq + 1 + index &&
      sameBytes(header.previousHash, hash) &&
      sameBytes(header.conversation, head.conversation);
    if (!follows) return undefined;
    hash = entryHash(suite, header);
  }
  return head.seq === seq + headers.length && sameBytes(head.entryHash, hash) ? before : undefined;
}

/** The bytes of a proof, to be handed to others. */
export function encodeForkProof(proof: ForkProof): Uint8Array {
  return encode((writer: Writer) => {
    writer.u8(1).safe(proof.seq);
    for (const branch of proof.branches) writePage(writer, branch);
  }, undefined);
}

/** A proof from its bytes. Throws `malformed`. It proves nothing until {@link verifyForkProof} has said so. */
export function decodeForkProof(bytes: Uint8Array): ForkProof {
  return decode((reader: Reader) => {
    readRecordVersion(reader);
    return { seq: reader.safe(), branches: [readPage(reader), readPage(reader)] };
  }, bytes);
}
