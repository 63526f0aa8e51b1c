import type { Reader } from "../codec/reader.ts";
import type { Writer } from "../codec/writer.ts";
import type { HpkeCiphertext } from "../crypto/hpke.ts";
import { ReadbackError } from "../error.ts";
import { type LeafNode, readLeafNode, writeLeafNode } from "./leaf-node.ts";
import { mostLeaves, mostPathNodes, mostProposals } from "./limits.ts";
import { type Proposal, readProposal, writeProposal } from "./proposal.ts";

/** A proposal in a commit: itself, or ProposalRef (RFC 9420 §5.2) of one that was sent before. */
export type ProposalOrReference =
  | { readonly type: "proposal"; readonly proposal: Proposal }
  | { readonly type: "reference"; readonly reference: Uint8Array };

/** A fresh key of one node of the committer's filtered direct path (RFC 9420 §7.6). */
export interface UpdatePathNode {
  readonly encryptionKey: Uint8Array;
  /** The path secret, for each node of the copath node's resolution in order. */
  readonly encryptedPathSecrets: readonly HpkeCiphertext[];
}

/** Fresh keys from the committer's leaf up to the root (RFC 9420 §7.6). */
export interface UpdatePath {
  readonly leafNode: LeafNode;
  /** Lowest first. */
  readonly nodes: readonly UpdatePathNode[];
}

/** Begins a new epoch (RFC 9420 §12.4). */
export interface Commit {
  readonly proposals: readonly ProposalOrReference[];
  readonly path: UpdatePath | undefined;
}

const byValue = 1;
const byReference = 2;

/** Encodes a commit. */
export function writeCommit(writer: Writer, commit: Commit): void {
  writer.list(commit.proposals, writeProposalOrReference);
  writer.optional(commit.path, writeUpdatePath);
}

/** Decodes a commit. Throws `malformed`, `too-large`, `mls-unsupported-proposal` or `mls-extension-duplicate`. */
export function readCommit(reader: Reader): Commit {
  const proposals = reader.list(readProposalOrReference, mostProposals);
  return { proposals, path: reader.optional(readUpdatePath) };
}

/** Encodes an update path. */
export function writeUpdatePath(writer: Writer, path: UpdatePath): void {
  writeLeafNode(writer, path.leafNode);
  writer.list(path.nodes, (w, node) => {
    w.bytes(node.encryptionKey).list(node.encryptedPathSecrets, writeHpkeCiphertext);
  });
}

/** Decodes an update path. Throws `malformed`, `too-large` or `mls-extension-duplicate`. */
export function readUpdatePath(reader: Reader): UpdatePath {
  return { leafNode: readLeafNode(reader), nodes: reader.list(readUpdatePathNode, mostPathNodes) };
}

/** Encodes what HPKE sealed (RFC 9420 §7.6). */
export function writeHpkeCiphertext(writer: Writer, sealed: HpkeCiphertext): void {
  writer.bytes(sealed.kemOutput).bytes(sealed.ciphertext);
}

/** Decodes what HPKE sealed. Throws `malformed`. */
export function readHpkeCiphertext(reader: Reader): HpkeCiphertext {
  return { kemOutput: reader.bytes(), ciphertext: reader.bytes() };
}

function readUpdatePathNode(reader: Reader): UpdatePathNode {
  return {
    encryptionKey: reader.bytes(),
    encryptedPathSecrets: reader.list(readHpkeCiphertext, mostLeaves),
  };
}

function writeProposalOrReference(writer: Writer, item: ProposalOrReference): void {
  if (item.type === "reference") writer.u8(byReference).bytes(item.reference);
  else writeProposal(writer.u8(byValue), item.proposal);
}

function readProposalOrReference(reader: Reader): ProposalOrReference {
  const type = reader.u8();
  if (type === byReference) return { type: "reference", reference: reader.bytes() };
  if (type === byValue) return { type: "proposal", proposal: readProposal(reader) };
  throw new ReadbackError("malformed", "A commit holds neither a proposal nor a reference to one.");
}
