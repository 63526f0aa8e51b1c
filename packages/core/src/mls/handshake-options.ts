import type { AppComponents } from "./app-component.ts";
import type { CredentialValidator } from "./credential.ts";
import type { Extension, ExternalSender } from "./extension.ts";
import type { CustomProposal, Proposal } from "./proposal.ts";
import type { PreSharedKeys } from "./psk-secret.ts";
import type { PublicGroup } from "./public-group.ts";

/** A change of a group's extensions that somebody proposes (RFC 9420 §12.1.7), or of those of the group in its place (§12.1.5). */
export interface ExtensionsChange {
  /** The group before the commit. */
  readonly group: PublicGroup;
  /** All that the group would have. */
  readonly extensions: readonly Extension[];
  /** The leaf of who proposes it; `undefined`: an external sender. */
  readonly sender: number | undefined;
  /** Whether they are of the group that a reinitialization asks for. */
  readonly isReInit: boolean;
}

/** What judging a proposal or a commit needs from outside. */
export interface ValidationOptions {
  /** Judges the credentials of leaves that are new; those already in the tree are not judged again. */
  readonly credentials: CredentialValidator;
  /**
   * Milliseconds since 1970, for lifetimes and expiry. Where members must agree on what is valid, this has to be a time
   * they agree on, for instance when the log accepted the message. Without it, lifetimes do not count.
   */
  readonly now?: number | undefined;
  /**
   * Seconds that the lifetime of a leaf may last at most, which applications have to say (RFC 9420 §7.2); counts where
   * `now` is given. Default: any time.
   */
  readonly longestLifetime?: bigint | undefined;
  /**
   * Whether somebody from outside may join by a commit of its own (RFC 9420 §12.4.3.2), provided that its credential
   * is valid. `"resync"`: only a member who takes the place of its own former leaf. Default: false.
   */
  readonly acceptExternalCommits?: boolean | "resync" | undefined;
  /** Whether somebody from outside may propose to be added (RFC 9420 §12.1.8). Default: false. */
  readonly acceptNewMemberProposals?: boolean | undefined;
  /**
   * Whether an external sender, whom the group names, may propose this (RFC 9420 §12.1.8.1). All members and followers must
   * say the same. Default: whatever the RFC allows.
   */
  readonly acceptExternalProposal?:
    | ((proposal: Proposal, sender: ExternalSender, group: PublicGroup) => boolean)
    | undefined;
  /** Whether the extensions of the group may change so. All members and followers must say the same. Default: they may. */
  readonly acceptExtensions?: ((change: ExtensionsChange) => boolean) | undefined;
  /** What the application does with the data of its components. Without a component its data is refused. */
  readonly components?: AppComponents | undefined;
  /**
   * Whether a proposal that only the application knows is valid; `sender` is the leaf of its proposer. All members and
   * followers must say the same. Without it none is.
   */
  readonly acceptCustomProposal?:
    | ((proposal: CustomProposal, sender: number | undefined) => boolean)
    | undefined;
}

/** What processing a proposal or a commit needs from outside. */
export interface HandshakeOptions extends ValidationOptions {
  /** Without it, commits that name pre-shared keys are refused with `mls-psk-unknown`. */
  readonly preSharedKeys?: PreSharedKeys | undefined;
}

/** The parts of the options that leaves and trees are judged by. */
export function leafOptions({ credentials, now, longestLifetime }: ValidationOptions): {
  readonly credentials: CredentialValidator;
  readonly now: number | undefined;
  readonly longestLifetime: bigint | undefined;
} {
  return { credentials, now, longestLifetime };
}
