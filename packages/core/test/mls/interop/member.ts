import type { PreSharedKeyId } from "../../../src/mls.ts";

/** Something a commit does or a proposal asks for, in no implementation's own terms. */
export type Change =
  /** `keyPackage` is an MLSMessage. */
  | { readonly type: "add"; readonly keyPackage: Uint8Array }
  /** By leaf index. */
  | { readonly type: "remove"; readonly removed: number }
  | { readonly type: "pre-shared-key"; readonly psk: PreSharedKeyId }
  /** Fresh keys for the one who proposes it. */
  | { readonly type: "update" }
  /** Replaces the extensions of the group by this one, of a private-use type. */
  | { readonly type: "extension"; readonly data: Uint8Array };

/** What sends to others after a commit; both are MLSMessages. */
export interface Sent {
  readonly commit: Uint8Array;
  readonly welcome: Uint8Array | undefined;
}

/** How to commit. */
export interface CommitStyle {
  /** Whether fresh keys come even where they need not. Not everybody can. */
  readonly forcePath: boolean;
  /** Whether the tree goes into the Welcome. */
  readonly tree: boolean;
}

/** A member of a group, whichever implementation plays it. All messages are encoded MLSMessages. */
export interface Member {
  readonly name: string;
  readonly kind: "engine" | "peer";
  readonly leafIndex: number;
  readonly epoch: bigint;
  /** As hexadecimal. */
  authenticator(): string;
  /** The encoded ratchet tree. */
  tree(): Uint8Array;
  /** With the external key; with the tree where asked. */
  groupInfo(tree: boolean): Promise<Uint8Array>;
  /** Commits all that waits and these; the member is in the new epoch then. */
  commit(changes: readonly Change[], style: CommitStyle): Promise<Sent>;
  /** Sends a proposal, which the member itself has received then. */
  propose(change: Change): Promise<Uint8Array>;
  /** A proposal or a commit; false where it removed this member. */
  receive(message: Uint8Array): Promise<boolean>;
  send(data: Uint8Array, authenticatedData: Uint8Array): Promise<Uint8Array>;
  read(message: Uint8Array): Promise<Uint8Array>;
}

/** Somebody who is not in the group yet. */
export interface Outsider {
  readonly name: string;
  readonly kind: Member["kind"];
  /** A fresh one, as MLSMessage. It is the one that {@link join} answers to. */
  keyPackage(): Promise<Uint8Array>;
  /** By a Welcome; `tree` where it is not inside. */
  join(welcome: Uint8Array, tree: Uint8Array | undefined): Promise<Member>;
  /** By an external commit; `former` is the leaf to replace. */
  joinExternally(
    groupInfo: Uint8Array,
    tree: Uint8Array | undefined,
    options: { readonly former?: number | undefined; readonly psks?: readonly PreSharedKeyId[] | undefined },
  ): Promise<{ member: Member; commit: Uint8Array }>;
  /** A group of its own alone. */
  create(groupId: Uint8Array): Promise<Member>;
}

/** The external pre-shared keys that everybody has, by the hexadecimal name. */
export type ExternalKeys = ReadonlyMap<string, Uint8Array>;

/** A private-use extension that all support, to change in the group's context. */
export const privateExtension = 0xf0a1;
