import type { Group } from "./group-state.ts";
import { exportFrom } from "./key-schedule.ts";
import type { LeafNode } from "./leaf-node.ts";
import type { Proposal } from "./proposal.ts";
import type { PublicGroup } from "./public-group.ts";
import { leafAt as leafInTree, members } from "./ratchet-tree.ts";

/** The member at a leaf, or `undefined` where the leaf is blank or outside of the tree. */
export function leafAt(group: PublicGroup, leafIndex: number): LeafNode | undefined {
  return leafInTree(group.tree, leafIndex);
}

/** The leaf indices of all members, ascending. */
export function leafIndexes(group: PublicGroup): number[] {
  return members(group.tree).map(([leafIndex]) => leafIndex);
}

/** Proposals that wait for a commit of this epoch, in the order they came. */
export function pendingProposals(group: PublicGroup): Proposal[] {
  return group.pending.map(({ proposal }) => proposal);
}

/** A value that all members of the epoch have in common and nobody else can compute (RFC 9420 §8.7); a copy. */
export function epochAuthenticator(group: Group): Uint8Array {
  return group.secrets.open().epoch.epochAuthenticator.slice();
}

/** The pre-shared key that proves membership in this epoch later on (RFC 9420 §8.6); a copy for the caller to guard. */
export function resumptionPsk(group: Group): Uint8Array {
  return group.secrets.open().epoch.resumptionPsk.slice();
}

/**
 * `length` bytes that all members of the epoch can compute, for use outside of MLS (RFC 9420 §8.5).
 *
 * @param label - names the purpose; one label, one purpose
 */
export function exportSecret(group: Group, label: string, context: Uint8Array, length: number): Uint8Array {
  return exportFrom(group.suite, group.secrets.open().epoch.exporterSecret, label, context, length);
}
