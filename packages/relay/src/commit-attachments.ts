import {
  decodeMessage,
  isGroupInfoSignatureValid,
  type KeyPackage,
  leafAt,
  type PublicGroup,
  referenceOf,
  welcomeReferences,
} from "@readback/core/mls";
import { hex, sameBytes } from "@readback/core/wire";

/**
 * Whether a Welcome is for exactly those whom a commit adds; where it adds nobody there must be none.
 *
 * @param commit - MLSMessage (PublicMessage) of a commit that was judged
 * @param before - the group that the commit was made in
 */
export function isWelcomeFor(
  commit: Uint8Array,
  before: PublicGroup,
  welcome: Uint8Array | undefined,
): boolean {
  const added = addedKeyPackages(commit, before).map((keyPackage) =>
    hex(referenceOf(before.suite, keyPackage)),
  );
  if (welcome === undefined) return added.length === 0;
  const invited = new Set(welcomeReferences(welcome).map(hex));
  return (
    added.length > 0 && invited.size === added.length && added.every((reference) => invited.has(reference))
  );
}

/** Whether a Welcome is for so many devices; for none there must be none. For which ones, only they can tell. */
export function isInvitation(count: number, welcome: Uint8Array | undefined): boolean {
  if (welcome === undefined) return count === 0;
  const references = welcomeReferences(welcome).map(hex);
  return count > 0 && references.length === count && new Set(references).size === count;
}

/**
 * Whether a GroupInfo, if there is one, describes the group after a commit and is signed by the committer.
 *
 * @param committer - the leaf of the committer
 */
export function isGroupInfoOf(
  after: PublicGroup,
  committer: number,
  groupInfo: Uint8Array | undefined,
): boolean {
  if (groupInfo === undefined) return true;
  const message = decodeMessage(groupInfo);
  const leafNode = leafAt(after, committer);
  if (message.type !== "group-info" || leafNode === undefined) return false;
  const { groupContext, confirmationTag, signer } = message.groupInfo;
  const { context } = after;
  return (
    signer === committer &&
    groupContext.epoch === context.epoch &&
    sameBytes(groupContext.groupId, context.groupId) &&
    sameBytes(groupContext.treeHash, context.treeHash) &&
    sameBytes(groupContext.confirmedTranscriptHash, context.confirmedTranscriptHash) &&
    sameBytes(confirmationTag, after.confirmationTag) &&
    isGroupInfoSignatureValid(after.suite, leafNode.signatureKey, message.groupInfo)
  );
}

function addedKeyPackages(commit: Uint8Array, before: PublicGroup): KeyPackage[] {
  const message = decodeMessage(commit);
  if (message.type !== "public-message") return [];
  const { content } = message.publicMessage.content;
  if (content.type !== "commit") return [];
  return content.commit.proposals.flatMap((item) => {
    const proposal =
      item.type === "proposal"
        ? item.proposal
        : before.pending.find(({ reference }) => sameBytes(reference, item.reference))?.proposal;
    return proposal?.type === "add" ? [proposal.keyPackage] : [];
  });
}
