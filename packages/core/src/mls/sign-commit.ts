import type { Random } from "../port/random.ts";
import type { AppliedProposals } from "./apply-proposals.ts";
import type { ProposalOrReference } from "./commit.ts";
import type { CommittedProposal } from "./committed-proposal.ts";
import { signContent } from "./content-signature.ts";
import { type FreshPath, sealPath } from "./create-path.ts";
import { addedLeavesOf, conclude, type EvaluatedCommit, provisionalContextOf } from "./evaluate-commit.ts";
import type { FramedContent, Sender } from "./framing.ts";
import { encodedGroupContext } from "./group-context.ts";
import type { PublicGroup } from "./public-group.ts";
import type { RatchetTree } from "./ratchet-tree.ts";
import { authenticatedDataFor } from "./safe-aad.ts";

/** What a commit is made of once it is decided. */
export interface CommitParts {
  readonly sender: Sender;
  /** The leaf of the committer, in the new tree. */
  readonly committer: number;
  readonly listed: readonly ProposalOrReference[];
  readonly committed: readonly CommittedProposal[];
  readonly applied: AppliedProposals;
  /** With the proposals and the path. */
  readonly tree: RatchetTree;
  readonly path: FreshPath | undefined;
  /** Belongs to the committer's leaf before the commit, or for an external commit to that of the path. */
  readonly signaturePrivateKey: Uint8Array;
  readonly authenticatedData: Uint8Array | undefined;
  readonly random: Random;
}

/** A commit that is signed and lacks its confirmation. */
export interface SignedCommit {
  readonly content: FramedContent;
  readonly signature: Uint8Array;
  readonly evaluated: EvaluatedCommit;
}

/** Encrypts the path, signs the commit in the old epoch and takes it into the transcript (RFC 9420 §12.4.1). */
export function signCommit(group: PublicGroup, parts: CommitParts): SignedCommit {
  const { sender, committer, listed, committed, applied, tree, path, signaturePrivateKey, random } = parts;
  const { suite, context } = group;
  const provisional = encodedGroupContext(provisionalContextOf(group, applied, tree));
  const sealed = path && sealPath(suite, path, provisional, addedLeavesOf(applied), random);
  const content: FramedContent = {
    groupId: context.groupId,
    epoch: context.epoch,
    sender,
    authenticatedData: authenticatedDataFor(context, parts.authenticatedData),
    content: { type: "commit", commit: { proposals: listed, path: sealed } },
  };
  const wireFormat = "public-message";
  const signature = signContent(suite, signaturePrivateKey, wireFormat, content, context);
  const unconfirmed = { wireFormat, content, auth: { signature, confirmationTag: undefined } } as const;
  const leafNode = path?.leafNode;
  return {
    content,
    signature,
    evaluated: conclude(group, unconfirmed, { proposals: committed, applied, tree, committer, leafNode }),
  };
}
