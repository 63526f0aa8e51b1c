import type { Reader } from "../codec/reader.ts";
import type { Writer } from "../codec/writer.ts";
import { type Extension, readExtensions, writeExtensions } from "./extension.ts";
import { type KeyPackage, readKeyPackage, writeKeyPackage } from "./key-package.ts";
import { type LeafNode, readLeafNode, writeLeafNode } from "./leaf-node.ts";
import { type PreSharedKeyId, readPreSharedKeyId, writePreSharedKeyId } from "./pre-shared-key.ts";
import { refusal } from "./rule.ts";

/** What the successor of a group shall be (RFC 9420 §12.1.5). */
export interface ReInit {
  readonly groupId: Uint8Array;
  readonly version: number;
  /** The IANA number of the cipher suite. */
  readonly cipherSuite: number;
  readonly extensions: readonly Extension[];
}

/** A change to a group that somebody asks for (RFC 9420 §12.1). */
export type Proposal =
  | { readonly type: "add"; readonly keyPackage: KeyPackage }
  /** Replaces the leaf of the sender. */
  | { readonly type: "update"; readonly leafNode: LeafNode }
  /** `removed` is a leaf index. */
  | { readonly type: "remove"; readonly removed: number }
  | { readonly type: "pre-shared-key"; readonly psk: PreSharedKeyId }
  | { readonly type: "reinit"; readonly reInit: ReInit }
  | { readonly type: "external-init"; readonly kemOutput: Uint8Array }
  /** Replaces all extensions of the group context. */
  | { readonly type: "group-context-extensions"; readonly extensions: readonly Extension[] };

/** IANA numbers of the proposal types that are known (RFC 9420 §17.4). */
export const proposalTypes = {
  add: 1,
  update: 2,
  remove: 3,
  "pre-shared-key": 4,
  reinit: 5,
  "external-init": 6,
  "group-context-extensions": 7,
} as const satisfies Record<Proposal["type"], number>;

/** Encodes a proposal, its type first. */
export function writeProposal(writer: Writer, proposal: Proposal): void {
  writer.u16(proposalTypes[proposal.type]);
  writeProposalContent(writer, proposal);
}

/**
 * Decodes a proposal, its type first. Throws `mls-unsupported-proposal` on an unknown type, whose length nobody can
 * tell, and `malformed`, `too-large` or `mls-extension-duplicate`.
 */
export function readProposal(reader: Reader): Proposal {
  const number = reader.u16();
  const type = typeNames.get(number);
  if (type === undefined) throw refusal("mls-unsupported-proposal");
  return readProposalContent(reader, type);
}

/** Encodes what follows the type of a proposal. */
export function writeProposalContent(writer: Writer, proposal: Proposal): void {
  switch (proposal.type) {
    case "add":
      writeKeyPackage(writer, proposal.keyPackage);
      break;
    case "update":
      writeLeafNode(writer, proposal.leafNode);
      break;
    case "remove":
      writer.u32(proposal.removed);
      break;
    case "pre-shared-key":
      writePreSharedKeyId(writer, proposal.psk);
      break;
    case "reinit":
      writeReInit(writer, proposal.reInit);
      break;
    case "external-init":
      writer.bytes(proposal.kemOutput);
      break;
    case "group-context-extensions":
      writeExtensions(writer, proposal.extensions);
      break;
  }
}

/** Decodes what follows the type of a proposal; errors as of {@link readProposal}. */
export function readProposalContent(reader: Reader, type: Proposal["type"]): Proposal {
  switch (type) {
    case "add":
      return { type, keyPackage: readKeyPackage(reader) };
    case "update":
      return { type, leafNode: readLeafNode(reader) };
    case "remove":
      return { type, removed: reader.u32() };
    case "pre-shared-key":
      return { type, psk: readPreSharedKeyId(reader) };
    case "reinit":
      return { type, reInit: readReInit(reader) };
    case "external-init":
      return { type, kemOutput: reader.bytes() };
    case "group-context-extensions":
      return { type, extensions: readExtensions(reader) };
  }
}

const typeNames = new Map(
  Object.entries(proposalTypes).map(([name, number]) => [number as number, name as Proposal["type"]]),
);

/** Encodes what a successor shall be. */
export function writeReInit(writer: Writer, { groupId, version, cipherSuite, extensions }: ReInit): void {
  writeExtensions(writer.bytes(groupId).u16(version).u16(cipherSuite), extensions);
}

/** Decodes what a successor shall be. Throws `malformed`, `too-large` or `mls-extension-duplicate`. */
export function readReInit(reader: Reader): ReInit {
  return {
    groupId: reader.bytes(),
    version: reader.u16(),
    cipherSuite: reader.u16(),
    extensions: readExtensions(reader),
  };
}
