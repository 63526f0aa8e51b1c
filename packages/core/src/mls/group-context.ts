import type { Reader } from "../codec/reader.ts";
import type { Writer } from "../codec/writer.ts";
import { encodingOf, readAndKeep } from "./encoding.ts";
import { type Extension, readExtensions, writeExtensions } from "./extension.ts";

/** What all members of an epoch agree on (RFC 9420 §8.1). Immutable. */
export interface GroupContext {
  readonly version: number;
  /** The IANA number of the cipher suite. */
  readonly cipherSuite: number;
  readonly groupId: Uint8Array;
  readonly epoch: bigint;
  readonly treeHash: Uint8Array;
  readonly confirmedTranscriptHash: Uint8Array;
  readonly extensions: readonly Extension[];
}

/** Encodes a group context. */
export function writeGroupContext(writer: Writer, context: GroupContext): void {
  writer.raw(encodedGroupContext(context));
}

/** Decodes a group context of any version and suite. Throws `malformed`, `too-large` or `mls-extension-duplicate`. */
export function readGroupContext(reader: Reader): GroupContext {
  return readAndKeep(reader, (r) => ({
    version: r.u16(),
    cipherSuite: r.u16(),
    groupId: r.bytes(),
    epoch: r.u64(),
    treeHash: r.bytes(),
    confirmedTranscriptHash: r.bytes(),
    extensions: readExtensions(r),
  }));
}

/** The encoded group context, made once: every signature of the epoch covers it. Shared: not to be changed. */
export function encodedGroupContext(context: GroupContext): Uint8Array {
  return encodingOf(context, (writer) => {
    writer.u16(context.version).u16(context.cipherSuite).bytes(context.groupId).u64(context.epoch);
    writer.bytes(context.treeHash).bytes(context.confirmedTranscriptHash);
    writeExtensions(writer, context.extensions);
  });
}
