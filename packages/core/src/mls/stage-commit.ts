import { wipe } from "../crypto/wipe.ts";
import type { Random } from "../port/random.ts";
import type { AppliedProposals } from "./apply-proposals.ts";
import { resolveProposals } from "./committed-proposal.ts";
import { createPath, type FreshPath, wipePathSecrets } from "./create-path.ts";
import { type NextEpoch, nextEpoch } from "./epoch-change.ts";
import { applyCommitted, checkChangedLeaves, type EvaluatedCommit, groupAfter } from "./evaluate-commit.ts";
import { createExporterTree } from "./exporter-tree.ts";
import type { Extension } from "./extension.ts";
import { groupInfoOf } from "./group-info-of.ts";
import type { Group } from "./group-state.ts";
import type { HandshakeOptions } from "./handshake-options.ts";
import { Hidden } from "./hidden.ts";
import { zeroSecret } from "./key-schedule.ts";
import { makeWelcome } from "./make-welcome.ts";
import { publicMessageOf } from "./membership-tag.ts";
import { encodeMessage } from "./message.ts";
import { type LeafChange, nextLeaf } from "./own-leaf.ts";
import type { Proposal } from "./proposal.ts";
import { requiresPath } from "./proposal-list.ts";
import { pskSecretFor } from "./psk-secret.ts";
import type { CommitChanges } from "./public-group.ts";
import { refusal } from "./rule.ts";
import { createSecretTree } from "./secret-tree.ts";
import { listProposals } from "./select-proposals.ts";
import { signCommit } from "./sign-commit.ts";
import { withItems } from "./sparse-array.ts";
import { confirmationTagOf } from "./transcript.ts";
import { keepKeys } from "./tree-keys.ts";

/** What to commit, and how. */
export interface CommitOptions extends HandshakeOptions {
  readonly random: Random;
  /**
   * Proposals of the committer's own, carried by value. With none at all, the commit just brings fresh keys. A removal of
   * somebody who leaves by itself anyway is left out.
   */
  readonly proposals?: readonly Proposal[] | undefined;
  /** Whether the proposals that wait are covered as far as they can be. Default: true. */
  readonly includePending?: boolean | undefined;
  /** Whether fresh keys are brought even where RFC 9420 §12.4 does not demand it. Default: false. */
  readonly forcePath?: boolean | undefined;
  /** A change of this member's leaf; it takes a path. */
  readonly leaf?: LeafChange | undefined;
  /** Told to those who are added, encrypted. */
  readonly groupInfoExtensions?: readonly Extension[] | undefined;
  /** Whether the group information holds the key that external commits need. Default: false. */
  readonly externalGroupInfo?: boolean | undefined;
  /** Whether the Welcome holds the tree. Default: true. */
  readonly welcomeWithTree?: boolean | undefined;
  /** Sent in the clear, but authenticated. */
  readonly authenticatedData?: Uint8Array | undefined;
}

/** A commit to send, and the group after it, which counts once everybody is known to take this commit and no other. */
export interface StagedCommit {
  /** MLSMessage (PublicMessage). */
  readonly commit: Uint8Array;
  /** MLSMessage (Welcome) for those who are added, to be sent once the commit is taken; absent where nobody is. */
  readonly welcome: Uint8Array | undefined;
  /** MLSMessage (GroupInfo) of the group after the commit, without its tree. */
  readonly groupInfo: Uint8Array;
  readonly next: Group;
  readonly changes: CommitChanges;
}

/**
 * Makes a commit without touching `group` (RFC 9420 §12.4.1, §14): where another commit is taken, `next` is simply
 * dropped. Throws the code of the rule that the proposals break, `mls-psk-unknown` or `mls-group-reinitialized`.
 */
export function stageCommit(group: Group, options: CommitOptions): StagedCommit {
  if (group.reInit !== undefined) throw refusal("mls-group-reinitialized");
  const { suite, ownLeaf } = group;
  const sender = { type: "member", leafIndex: ownLeaf } as const;
  const { proposals = [], includePending = true } = options;
  const listed = listProposals(
    includePending ? group : { ...group, pending: [] },
    proposals,
    ownLeaf,
    options,
  );
  const committed = resolveProposals(group, listed, sender);
  const applied = applyCommitted(group, committed, sender, options);
  const pskSecret = pskSecretFor(suite, applied.psks, options.preSharedKeys);
  const needsPath = requiresPath(committed) || options.forcePath === true || options.leaf !== undefined;
  const fresh = needsPath ? freshKeys(group, applied, options) : undefined;
  const path = fresh?.path;
  const tree = path?.tree ?? applied.tree;
  checkChangedLeaves(applied, tree, needsPath ? [ownLeaf] : []);

  const { signaturePrivateKey, epoch } = group.secrets.open();
  const { content, signature, evaluated } = signCommit(group, {
    ...{ sender, listed, committed, applied, tree, path, signaturePrivateKey, committer: ownLeaf },
    authenticatedData: options.authenticatedData,
    random: options.random,
  });
  const { initSecret, membershipKey } = epoch;
  const commitSecret = path?.commitSecret ?? zeroSecret(suite);
  const start = nextEpoch(suite, { initSecret, commitSecret, pskSecret }, evaluated.context);
  const { next, confirmationTag } = begin(group, evaluated, start, fresh);
  const auth = { signature, confirmationTag };
  const publicMessage = publicMessageOf(suite, membershipKey, content, auth, group.context);
  const { joinerSecret } = start;
  const welcome = makeWelcome(next, {
    ...{ committed, applied, path, joinerSecret, pskSecret },
    extensions: options.groupInfoExtensions,
    withTree: options.welcomeWithTree ?? true,
    random: options.random,
  });
  wipe(joinerSecret, pskSecret, commitSecret);
  if (path !== undefined) wipePathSecrets(path);
  return {
    commit: encodeMessage({ type: "public-message", publicMessage }),
    welcome,
    groupInfo: groupInfoOf(next, { external: options.externalGroupInfo }),
    next,
    changes: evaluated.changes,
  };
}

/** A member's fresh path and the key that signs for its leaf from then on. */
interface FreshKeys {
  readonly path: FreshPath;
  readonly signaturePrivateKey: Uint8Array;
}

function freshKeys(group: Group, { tree }: AppliedProposals, options: CommitOptions): FreshKeys {
  const { content: leaf, signaturePrivateKey } = nextLeaf(group, options.leaf);
  const { groupId } = group.context;
  const maker = { leaf, signaturePrivateKey, groupId, random: options.random };
  return { path: createPath(group.suite, tree, group.ownLeaf, maker), signaturePrivateKey };
}

/** The committer's own group in the new epoch. */
function begin(
  group: Group,
  evaluated: EvaluatedCommit,
  start: NextEpoch,
  fresh: FreshKeys | undefined,
): { next: Group; confirmationTag: Uint8Array } {
  const { suite, ownLeaf } = group;
  const { tree, context } = evaluated;
  const secrets = group.secrets.open();
  const kept = keepKeys(secrets.privateKeys, group.tree, tree).keys;
  const { confirmationKey } = start.secrets;
  const confirmationTag = confirmationTagOf(suite, confirmationKey, context.confirmedTranscriptHash);
  const next: Group = {
    ...groupAfter(group, evaluated, confirmationTag),
    ownLeaf,
    secrets: new Hidden({
      signaturePrivateKey: fresh?.signaturePrivateKey ?? secrets.signaturePrivateKey,
      epoch: start.secrets,
      secretTree: createSecretTree(start.encryptionSecret, tree.leafCount),
      exporterTree: createExporterTree(start.applicationExportSecret),
      privateKeys: fresh === undefined ? kept : withItems(kept, fresh.path.privateKeys),
      pendingUpdates: [],
    }),
  };
  return { next, confirmationTag };
}
