import { decode, type Reader } from "../codec/reader.ts";
import { encode, type Writer } from "../codec/writer.ts";
import { signWithLabel, verifyWithLabel } from "../crypto/labels.ts";
import type { CipherSuite, KeyPair } from "../crypto/suite.ts";
import { identifierSize } from "../wire/entry.ts";
import { maximumNameSize } from "../wire/limits.ts";
import type { DeviceName } from "./identity.ts";
import { readDeviceName, writeDeviceName } from "./message-record.ts";

/**
 * That a device, though it is a member, cannot process a commit that the log has (profile RB-1, `CommitFault`). Signed and
 * not encrypted: what it says is for those who are in an epoch that the device has no secrets of.
 */
export interface CommitFault {
  readonly conversation: Uint8Array;
  /** The place of the commit, and the hash of its entry. */
  readonly seq: number;
  readonly entryHash: Uint8Array;
  readonly device: DeviceName;
  /** With the key of the device's leaf, over all before it, with the label `RB-1 Commit fault`. */
  readonly signature: Uint8Array;
}

/** Bytes of an encoded fault at most. */
export const maximumCommitFaultSize = 2_048;

const label = "RB-1 Commit fault";

/** The bytes of a signed fault. @param suite - the suite of the group */
export function signCommitFault(
  suite: CipherSuite,
  { privateKey }: KeyPair,
  fault: Omit<CommitFault, "signature">,
): Uint8Array {
  const signature = signWithLabel(suite, privateKey, label, encode(writeContent, fault));
  return encode((writer: Writer) => {
    writeContent(writer, fault);
    writer.bytes(signature);
  }, undefined);
}

/** A fault from its bytes. Throws `malformed` or `too-large`. It proves nothing until {@link verifyCommitFault} has said so. */
export function decodeCommitFault(bytes: Uint8Array): CommitFault {
  return decode((reader: Reader) => {
    const conversation = reader.raw(identifierSize);
    const [seq, entryHash] = [reader.safe(), reader.raw(identifierSize)];
    return {
      conversation,
      seq,
      entryHash,
      device: readDeviceName(reader),
      signature: reader.bytes(maximumNameSize),
    };
  }, bytes);
}

/** Whether whoever holds the key has signed it. Never throws on what a device sent. */
export function verifyCommitFault(suite: CipherSuite, signatureKey: Uint8Array, fault: CommitFault): boolean {
  return verifyWithLabel(suite, signatureKey, label, encode(writeContent, fault), fault.signature);
}

function writeContent(writer: Writer, fault: Omit<CommitFault, "signature">): void {
  writer.raw(fault.conversation).safe(fault.seq).raw(fault.entryHash);
  writeDeviceName(writer, fault.device);
}
