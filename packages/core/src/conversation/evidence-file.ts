import { sameBytes } from "../codec/bytes.ts";
import { type CborValue, encodeCbor } from "../codec/cbor.ts";
import { encode } from "../codec/writer.ts";
import type { CipherSuite } from "../crypto/suite.ts";
import { ReadbackError } from "../error.ts";
import { encodedGroupContext, type GroupContext } from "../mls/group-context.ts";
import { encodedLeafNode } from "../mls/leaf-node.ts";
import { messageAgain } from "../mls/message-again.ts";
import type { RatchetTree } from "../mls/ratchet-tree.ts";
import type { Subtree } from "../mls/subtree.ts";
import { subtreeHash } from "../mls/tree-hash.ts";
import { isUnder } from "../mls/tree-math.ts";
import { writeParentNode } from "../mls/tree-nodes.ts";
import { type EntryHeader, entryKindNumber, type LogHead } from "../wire/entry.ts";
import type { MessageRecord } from "./message-record.ts";

/** One epoch that something in the file was signed in. */
export interface EvidenceGroup {
  readonly context: GroupContext;
  readonly tree: RatchetTree;
  /** The leaves to show; `undefined` for all: then the file proves that there were no others. */
  readonly leaves: ReadonlySet<number> | undefined;
}

/** What an evidence file is made of. */
export interface Evidence {
  /** The id of the message that it is about. */
  readonly about: Uint8Array;
  /** Ascending by epoch. */
  readonly groups: readonly EvidenceGroup[];
  /** What was signed, in the order of the log. */
  readonly records: readonly MessageRecord[];
  /** Every entry from the first record's to the one that the head is of. */
  readonly headers: readonly EntryHeader[];
  readonly head: LogHead;
}

/**
 * The bytes of an evidence file: the same for the same evidence. Throws `storage-damaged` where a record does not make
 * the entry again that stands in the log.
 *
 * @param suite - of the group
 * @param logSuite - of the log
 */
export function encodeEvidence(evidence: Evidence, suite: CipherSuite, logSuite: CipherSuite): Uint8Array {
  const { about, groups, records, headers, head } = evidence;
  const [first] = headers;
  if (first === undefined) throw damaged();
  const contexts = new Map(groups.map(({ context }) => [context.epoch, context]));
  const items = records.map((record) => {
    const item = itemOf(record, contexts.get(record.epoch), suite);
    const header = headers[record.seq - first.seq];
    const payload = item.at(-1) as Uint8Array;
    if (!header || !sameBytes(logSuite.hash.digest(payload), header.payloadHash)) throw damaged();
    return item;
  });
  const rows = headers.map(({ kind, epoch, acceptedAt, payloadHash }): CborValue => {
    return [entryKindNumber(kind), Number(epoch), acceptedAt, payloadHash];
  });
  return encodeCbor(
    new Map<string, CborValue>([
      ["about", about],
      ["format", "readback-evidence/1"],
      ["groups", groups.map((group) => groupOf(group, suite))],
      ["items", items],
      ["log", [first.seq, first.previousHash, rows, head.signedAt, head.signature]],
    ]),
  );
}

/** Place, leaf, key, nonce, and the payload of the entry. */
function itemOf(record: MessageRecord, context: GroupContext | undefined, suite: CipherSuite): CborValue[] {
  const { seq, leaf, content: data, signature, opening } = record;
  if (context === undefined || opening === undefined) throw damaged();
  const payload = messageAgain(suite, context, { leaf, data, signature, opening });
  return [seq, leaf, opening.key, opening.nonce, payload];
}

function groupOf({ context, tree, leaves }: EvidenceGroup, suite: CipherSuite): CborValue {
  return [encodedGroupContext(context), nodeOf(tree.root, leaves && [...leaves], suite)];
}

/** A tree, cut where none of the leaves to show is below. */
function nodeOf(subtree: Subtree, leaves: readonly number[] | undefined, suite: CipherSuite): CborValue {
  const below = leaves?.filter((leaf) => isUnder(leaf, subtree.index));
  if (below?.length === 0) return subtreeHash(suite, subtree);
  if (subtree.type === "leaf") return [subtree.node === undefined ? null : encodedLeafNode(subtree.node)];
  const parent = subtree.node === undefined ? null : encode(writeParentNode, subtree.node);
  return [parent, nodeOf(subtree.left, below, suite), nodeOf(subtree.right, below, suite)];
}

function damaged(): ReadbackError {
  return new ReadbackError("storage-damaged", "A record is not what stands in the log.");
}
