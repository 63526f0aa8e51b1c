import { sameBytes } from "../codec/bytes.ts";
import { decode, type Reader } from "../codec/reader.ts";
import { encode, type Writer } from "../codec/writer.ts";
import type { CipherSuite } from "../crypto/suite.ts";
import type { Change } from "../port/storage.ts";
import { type ExporterTree, readExporterTree, writeExporterTree } from "./exporter-tree.ts";
import { readGroupContext, writeGroupContext } from "./group-context.ts";
import type { Group, MemberSecrets, PendingUpdate } from "./group-state.ts";
import { Hidden } from "./hidden.ts";
import type { EpochSecrets } from "./key-schedule.ts";
import { mostLeaves } from "./limits.ts";
import { readProposal, readReInit, writeProposal, writeReInit } from "./proposal.ts";
import type { PendingProposal, PublicGroup } from "./public-group.ts";
import { leafAt } from "./ratchet-tree.ts";
import {
  damaged,
  family,
  numberPart,
  type Records,
  readVersion,
  recordIn,
  recordVersion,
  restoring,
} from "./record.ts";
import { restoreSecretTree, secretTreeChanges, secretTreeRemoval } from "./secret-tree-records.ts";
import { items, withItems } from "./sparse-array.ts";
import { treeHashOf } from "./tree-hash.ts";
import { restoreTree, treeChanges } from "./tree-records.ts";

/**
 * What has to be stored, in this order and all together, so that `after` can be restored, given that all of `before`
 * was stored. Names are relative to the caller's prefix. Values hold secrets: they have to be sealed. A message writes
 * one record of about 80 bytes, the first one of a sender a few more, a commit those parts of the tree that it changed.
 *
 * @param before - `undefined` where nothing of the group is stored
 */
export function groupRecords(before: Group | undefined, after: Group): Change[] {
  const changes = publicGroupRecords(before, after);
  const [old, now] = [before?.secrets.open(), after.secrets.open()];
  if (old === undefined || !isSameMember(old, now)) {
    changes.push({
      put: "member",
      value: encode((writer) => writeMember(writer, after.ownLeaf, now), undefined),
    });
  }
  if (old?.exporterTree !== now.exporterTree) {
    changes.push({ put: "exporter", value: encode(writeExporterTree, now.exporterTree) });
  }
  if (before !== undefined && before.epoch !== after.epoch) {
    return [...changes, ...secretTreeRemoval, ...secretTreeChanges(undefined, now.secretTree)];
  }
  return [...changes, ...secretTreeChanges(old?.secretTree, now.secretTree)];
}

/** As {@link groupRecords}, for a group that is followed from outside. Values hold no secrets. */
export function publicGroupRecords(before: PublicGroup | undefined, after: PublicGroup): Change[] {
  const changes: Change[] = [];
  if (before?.context !== after.context || before.reInit !== after.reInit) {
    changes.push({ put: "public", value: encode(writePublic, after) });
  }
  if (before?.tree !== after.tree) changes.push(...treeChanges(before?.tree, after.tree));
  const known = before?.epoch === after.epoch ? before.pending.length : 0;
  if (before !== undefined && before.pending.length > 0 && known === 0)
    changes.push({ removeAll: "pending" });
  for (const [at, pending] of after.pending.entries()) {
    if (at < known) continue;
    changes.push({ put: `pending/${numberPart(at)}`, value: encode(writePending, pending) });
  }
  return changes;
}

/** The group whose records these are. Throws `storage-damaged` where they are not complete or do not fit together. */
export function restoreGroup(suite: CipherSuite, records: Records): Group {
  return restoring(() => {
    const group = restorePublic(suite, records);
    const { ownLeaf, ...member } = recordIn(records, "member", readMember);
    if (leafAt(group.tree, ownLeaf) === undefined)
      throw damaged("A stored group does not have its own member.");
    const secretTree = restoreSecretTree(records, group.tree.leafCount);
    // Absent in records from before there were any: then as if all of its secrets were taken.
    const exporter = records.get("exporter");
    const exporterTree: ExporterTree =
      exporter === undefined ? new Map() : decode(readExporterTree, exporter);
    return { ...group, ownLeaf, secrets: new Hidden({ ...member, secretTree, exporterTree }) };
  });
}

/** The number of the cipher suite that the group of these records has. Throws `storage-damaged`. */
export function suiteInRecords(records: Records): number {
  return restoring(() => recordIn(records, "public", readPublic).context.cipherSuite);
}

/** The public group whose records these are. Throws `storage-damaged`. */
export function restorePublicGroup(suite: CipherSuite, records: Records): PublicGroup {
  return restoring(() => restorePublic(suite, records));
}

function restorePublic(suite: CipherSuite, records: Records): PublicGroup {
  const { leafCount, ...fields } = recordIn(records, "public", readPublic);
  if (fields.context.cipherSuite !== suite.id) throw damaged("A stored group is of another cipher suite.");
  const tree = restoreTree(records, leafCount);
  if (!sameBytes(treeHashOf(suite, tree), fields.context.treeHash)) {
    throw damaged("A stored tree is not the one of its epoch.");
  }
  const pending = family(records, "pending").sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    suite,
    epoch: fields.context.epoch,
    ...fields,
    tree,
    pending: pending.map(([, bytes]) => decode(readPending, bytes)),
  };
}

function isSameMember(a: MemberSecrets, b: MemberSecrets): boolean {
  return (
    a.epoch === b.epoch &&
    a.privateKeys === b.privateKeys &&
    a.pendingUpdates === b.pendingUpdates &&
    a.signaturePrivateKey === b.signaturePrivateKey
  );
}

function writePublic(writer: Writer, group: PublicGroup): void {
  writeGroupContext(writer.u8(recordVersion), group.context);
  writer.bytes(group.confirmationTag).bytes(group.interimTranscriptHash).u32(group.tree.leafCount);
  writer.optional(group.reInit, writeReInit);
}

function readPublic(reader: Reader) {
  readVersion(reader);
  return {
    context: readGroupContext(reader),
    confirmationTag: reader.bytes(),
    interimTranscriptHash: reader.bytes(),
    leafCount: reader.u32(),
    reInit: reader.optional(readReInit),
  };
}

function writePending(writer: Writer, { reference, sender, proposal }: PendingProposal): void {
  writer.bytes(reference).optional(sender, (w, leaf) => w.u32(leaf));
  writeProposal(writer, proposal);
}

function readPending(reader: Reader): PendingProposal {
  return {
    reference: reader.bytes(),
    sender: reader.optional((r) => r.u32()),
    proposal: readProposal(reader),
  };
}

const epochSecrets = [
  "senderDataSecret",
  "exporterSecret",
  "externalSecret",
  "confirmationKey",
  "membershipKey",
  "resumptionPsk",
  "epochAuthenticator",
  "initSecret",
] as const satisfies readonly (keyof EpochSecrets)[];

function writeMember(writer: Writer, ownLeaf: number, secrets: MemberSecrets): void {
  writer.u8(recordVersion).u32(ownLeaf).bytes(secrets.signaturePrivateKey);
  for (const name of epochSecrets) writer.bytes(secrets.epoch[name]);
  writer.list(items(secrets.privateKeys), (w, [index, key]) => w.u32(index).bytes(key));
  writer.list(secrets.pendingUpdates, (w, update) => {
    w.bytes(update.encryptionPublicKey).bytes(update.encryptionPrivateKey);
    w.optional(update.signaturePrivateKey, (inner, key) => inner.bytes(key));
  });
}

function readMember(
  reader: Reader,
): Omit<MemberSecrets, "secretTree" | "exporterTree"> & { readonly ownLeaf: number } {
  readVersion(reader);
  const ownLeaf = reader.u32();
  const signaturePrivateKey = reader.bytes();
  const [senderDataSecret, exporterSecret, externalSecret, confirmationKey] = four(reader);
  const [membershipKey, resumptionPsk, epochAuthenticator, initSecret] = four(reader);
  const keys = reader.list((r) => [nodeIndex(r), r.bytes()] as const, 2 * mostLeaves);
  const pendingUpdates = reader.list(
    (r): PendingUpdate => ({
      encryptionPublicKey: r.bytes(),
      encryptionPrivateKey: r.bytes(),
      signaturePrivateKey: r.optional((inner) => inner.bytes()),
    }),
  );
  return {
    ownLeaf,
    signaturePrivateKey,
    epoch: {
      senderDataSecret,
      exporterSecret,
      externalSecret,
      confirmationKey,
      membershipKey,
      resumptionPsk,
      epochAuthenticator,
      initSecret,
    },
    privateKeys: withItems([], keys),
    pendingUpdates,
  };
}

function four(reader: Reader): [Uint8Array, Uint8Array, Uint8Array, Uint8Array] {
  return [reader.bytes(), reader.bytes(), reader.bytes(), reader.bytes()];
}

function nodeIndex(reader: Reader): number {
  const index = reader.u32();
  if (index >= 2 * mostLeaves) throw damaged("A stored key is outside of every tree.");
  return index;
}
