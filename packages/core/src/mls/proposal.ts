import type { Reader } from "../codec/reader.ts";
import type { Writer } from "../codec/writer.ts";
import { ReadbackError } from "../error.ts";
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

/** A change of what the group context says about one component (draft-ietf-mls-extensions §4.7). */
export interface AppDataUpdate {
  readonly type: "app-data-update";
  /** An unsigned integer of two bytes; from 0x8000 on they are for private use. */
  readonly componentId: number;
  /** What the component makes its new data of; without it the data is removed. */
  readonly update: Uint8Array | undefined;
}

/** Data for one component that a commit brings to all members (draft-ietf-mls-extensions §4.8). */
export interface AppEphemeral {
  readonly type: "app-ephemeral";
  /** As of {@link AppDataUpdate}. */
  readonly componentId: number;
  readonly data: Uint8Array;
}

/** A proposal that only the application knows (RFC 9420 §13.2). It needs a path and comes from members only. */
export interface CustomProposal {
  readonly type: "custom";
  /** Of those for private use: 0xF000 to 0xFFFF. */
  readonly number: number;
  /** Sent as a vector, so that those who do not know the type can tell its length. */
  readonly data: Uint8Array;
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
  | { readonly type: "group-context-extensions"; readonly extensions: readonly Extension[] }
  | AppDataUpdate
  | AppEphemeral
  /** Removes the sender (draft-ietf-mls-extensions §6.3). A commit has to refer to it. */
  | { readonly type: "self-remove" }
  | CustomProposal;

type KnownType = Exclude<Proposal["type"], "custom">;

/** IANA numbers of the proposal types that are known (RFC 9420 §17.4, draft-ietf-mls-extensions §7.2). */
export const proposalTypes = {
  add: 1,
  update: 2,
  remove: 3,
  "pre-shared-key": 4,
  reinit: 5,
  "external-init": 6,
  "group-context-extensions": 7,
  "app-data-update": 8,
  "app-ephemeral": 9,
  "self-remove": 10,
} as const satisfies Record<KnownType, number>;

const firstPrivateType = 0xf000;
const updateOperation = 1;
const removeOperation = 2;

/** The number of a proposal's type. */
export function proposalTypeOf(proposal: Proposal): number {
  return proposal.type === "custom" ? proposal.number : proposalTypes[proposal.type];
}

/** Encodes a proposal, its type first. */
export function writeProposal(writer: Writer, proposal: Proposal): void {
  writer.u16(proposalTypeOf(proposal));
  writeProposalContent(writer, proposal);
}

/**
 * Decodes a proposal, its type first. Throws `mls-unsupported-proposal` on an unknown type that is not for private use,
 * since nobody can tell its length, and `malformed`, `too-large` or `mls-extension-duplicate`.
 */
export function readProposal(reader: Reader): Proposal {
  const number = reader.u16();
  if (number >= firstPrivateType) return { type: "custom", number, data: reader.bytes() };
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
    case "app-data-update":
      writer.u16(proposal.componentId);
      if (proposal.update === undefined) writer.u8(removeOperation);
      else writer.u8(updateOperation).bytes(proposal.update);
      break;
    case "app-ephemeral":
      writer.u16(proposal.componentId).bytes(proposal.data);
      break;
    case "self-remove":
      break;
    case "custom":
      writer.bytes(proposal.data);
  }
}

/** Decodes what follows the type of a proposal; errors as of {@link readProposal}. */
export function readProposalContent(reader: Reader, type: KnownType): Proposal {
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
    case "app-data-update":
      return readAppDataUpdate(reader);
    case "app-ephemeral":
      return { type, componentId: reader.u16(), data: reader.bytes() };
    case "self-remove":
      return { type };
  }
}

function readAppDataUpdate(reader: Reader): AppDataUpdate {
  const componentId = reader.u16();
  const operation = reader.u8();
  if (operation !== updateOperation && operation !== removeOperation) {
    throw new ReadbackError("malformed", "An update of application data has an unknown operation.");
  }
  const update = operation === updateOperation ? reader.bytes() : undefined;
  return { type: "app-data-update", componentId, update };
}

const typeNames = new Map(
  Object.entries(proposalTypes).map(([name, number]) => [number as number, name as KnownType]),
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
