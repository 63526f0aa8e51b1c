import type { ExporterTree } from "./exporter-tree.ts";
import type { Hidden } from "./hidden.ts";
import type { EpochSecrets } from "./key-schedule.ts";
import type { PublicGroup } from "./public-group.ts";
import type { SecretTree } from "./secret-tree.ts";
import type { TreeKeys } from "./tree-keys.ts";

/** Keys that an Update proposal of ours announces and that no commit has brought into the tree yet. */
export interface PendingUpdate {
  readonly encryptionPublicKey: Uint8Array;
  readonly encryptionPrivateKey: Uint8Array;
  /** Where the update brings a new signature key. */
  readonly signaturePrivateKey: Uint8Array | undefined;
}

/** Everything about a group that only this member, or only its members, may know. */
export interface MemberSecrets {
  /** The private key to the signature key of this member's leaf. */
  readonly signaturePrivateKey: Uint8Array;
  readonly epoch: EpochSecrets;
  readonly secretTree: SecretTree;
  readonly exporterTree: ExporterTree;
  readonly privateKeys: TreeKeys;
  readonly pendingUpdates: readonly PendingUpdate[];
}

/**
 * A group as one of its members sees it, in one epoch. Immutable: every operation returns a new value, and the old one
 * stays as it was, so an operation whose result cannot be stored simply did not happen.
 */
export interface Group extends PublicGroup {
  /** The index of this member's leaf. */
  readonly ownLeaf: number;
  readonly secrets: Hidden<MemberSecrets>;
}
