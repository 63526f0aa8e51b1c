import { decode } from "../codec/reader.ts";
import { encode, type Writer } from "../codec/writer.ts";
import { type GroupContext, readGroupContext, writeGroupContext } from "../mls/group-context.ts";
import type { Group } from "../mls/group-state.ts";
import { treeVersions } from "../mls/tree-records.ts";
import { readRecordVersion } from "./message-record.ts";
import { numberPart, recordName } from "./record-name.ts";
import type { Step } from "./step.ts";

/** What is kept of an epoch for good: every signature made in it covers the context, which names the hash of the tree. */
export interface EpochRecord {
  readonly context: GroupContext;
  /** Leaves of the tree, blank ones included. */
  readonly leafCount: number;
}

/**
 * Keeps what proves who was in an epoch: its context, and those parts of the tree that differ from the epoch before. Part
 * of the step that enters the epoch. `before`: `undefined` where nothing of this stay is kept yet.
 */
export function keepEpoch(step: Step, before: Group | undefined, after: Group): void {
  const epoch = Number(after.epoch);
  step.put(epochName(epoch), encodeEpochRecord({ context: after.context, leafCount: after.tree.leafCount }));
  for (const [name, bytes] of treeVersions(before?.tree, after.tree)) {
    step.put(`${rosterName(name)}/${numberPart(epoch)}`, bytes);
  }
}

/** The name of an epoch's record. */
export function epochName(epoch: number): string {
  return `${recordName.context}/${numberPart(epoch)}`;
}

/** The family of all versions of a tree record; each is named for the epoch that it came with. */
export function rosterName(treeRecord: string): string {
  return `${recordName.roster}/${treeRecord}`;
}

/** The epoch from its record. Throws `malformed`. */
export function decodeEpochRecord(bytes: Uint8Array): EpochRecord {
  return decode((reader) => {
    readRecordVersion(reader);
    return { context: readGroupContext(reader), leafCount: reader.u32() };
  }, bytes);
}

function encodeEpochRecord({ context, leafCount }: EpochRecord): Uint8Array {
  return encode((writer: Writer) => {
    writeGroupContext(writer.u8(1), context);
    writer.u32(leafCount);
  }, undefined);
}
