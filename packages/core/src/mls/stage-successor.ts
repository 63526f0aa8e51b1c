import { createGroup, type GroupInput } from "./create-group.ts";
import type { Extension } from "./extension.ts";
import type { Group } from "./group-state.ts";
import type { HandshakeOptions } from "./handshake-options.ts";
import type { KeyPackage } from "./key-package.ts";
import { mls10 } from "./protocol-version.ts";
import { refusal } from "./rule.ts";
import { type CommitOptions, type StagedCommit, stageCommit } from "./stage-commit.ts";
import { checkSuccessor, type SuccessorLink } from "./successor.ts";

/** What it takes to go on with a group in another one. */
export interface SuccessorInput
  extends Omit<GroupInput, "groupId" | "extensions">,
    Pick<HandshakeOptions, "credentials" | "now" | "longestLifetime">,
    Pick<CommitOptions, "forcePath" | "groupInfoExtensions" | "externalGroupInfo" | "welcomeWithTree"> {
  /** Of everybody who shall be in the new group, but for its creator. */
  readonly keyPackages: readonly KeyPackage[];
}

/** What it takes to branch a group. */
export interface BranchInput extends SuccessorInput {
  /** Chosen so that no other group has it, for instance 32 random bytes. */
  readonly groupId: Uint8Array;
  /** Of the new group's context. Default: those of the old group. */
  readonly extensions?: readonly Extension[] | undefined;
}

/** A group that succeeds another one, and the commit that brings the others into it. */
export interface StagedSuccessor extends StagedCommit {
  /** The new group in epoch 0, of its creator alone: what the commit starts from. */
  readonly first: Group;
}

/**
 * Makes the group that the committed reinitialization of `predecessor` asks for, with all of its members (RFC 9420
 * §11.2). Any member may do it; of several the others take the one whose Welcome they get. `suite` has to be the one
 * that was asked for. Throws `mls-reinit-missing`, `mls-reinit-parameters`, `mls-reinit-members`, and what
 * {@link stageCommit} throws.
 */
export function stageSuccessor(predecessor: Group, input: SuccessorInput): StagedSuccessor {
  const { reInit } = predecessor;
  if (reInit === undefined) throw refusal("mls-reinit-missing");
  if (reInit.version !== mls10 || reInit.cipherSuite !== input.suite.id)
    throw refusal("mls-reinit-parameters");
  const { groupId, extensions } = reInit;
  return stage(predecessor, "reinit", createGroup({ ...input, groupId, extensions }), input);
}

/**
 * Makes a group of some members of `predecessor`, which itself goes on as it was (RFC 9420 §11.3). Throws
 * `mls-branch-parameters`, `mls-branch-members`, and what {@link stageCommit} throws.
 */
export function stageBranch(predecessor: Group, input: BranchInput): StagedSuccessor {
  if (predecessor.context.cipherSuite !== input.suite.id) throw refusal("mls-branch-parameters");
  const extensions = input.extensions ?? predecessor.context.extensions;
  return stage(predecessor, "branch", createGroup({ ...input, extensions }), input);
}

function stage(
  predecessor: Group,
  usage: "reinit" | "branch",
  first: Group,
  input: SuccessorInput,
): StagedSuccessor {
  const { suite, random, keyPackages, credentials, now, longestLifetime } = input;
  const { context, epoch, secrets } = predecessor;
  const nonce = random(suite.kdf.size);
  const psk: SuccessorLink = { type: "resumption", usage, groupId: context.groupId, epoch, nonce };
  const adds = keyPackages.map((keyPackage) => ({ type: "add", keyPackage }) as const);
  const staged = stageCommit(first, {
    ...{ random, credentials, now, longestLifetime },
    proposals: [...adds, { type: "pre-shared-key", psk }],
    preSharedKeys: (id) => (id === psk ? secrets.open().epoch.resumptionPsk : undefined),
    forcePath: input.forcePath,
    groupInfoExtensions: input.groupInfoExtensions,
    externalGroupInfo: input.externalGroupInfo,
    welcomeWithTree: input.welcomeWithTree,
  });
  checkSuccessor(staged.next, psk, predecessor, credentials);
  return { ...staged, first };
}
