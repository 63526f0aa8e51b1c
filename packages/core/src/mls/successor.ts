import { sameBytes } from "../codec/bytes.ts";
import { hex } from "../codec/hex.ts";
import { encode } from "../codec/writer.ts";
import { type Credential, type CredentialValidator, writeCredential } from "./credential.ts";
import { writeExtensions } from "./extension.ts";
import type { GroupContext } from "./group-context.ts";
import type { Group } from "./group-state.ts";
import type { PreSharedKeyId } from "./pre-shared-key.ts";
import type { PreSharedKeys } from "./psk-secret.ts";
import type { PublicGroup } from "./public-group.ts";
import { members, type RatchetTree } from "./ratchet-tree.ts";
import { refusal } from "./rule.ts";

/** The pre-shared key by which a Welcome names the group that the new one succeeds (RFC 9420 §11.2, §11.3). */
export type SuccessorLink = Extract<PreSharedKeyId, { type: "resumption" }>;

/** The key by which `psks` link a group to its predecessor, or `undefined` where they do not. */
export function successorLinkIn(psks: readonly PreSharedKeyId[]): SuccessorLink | undefined {
  return psks.find((psk): psk is SuccessorLink => psk.type === "resumption" && psk.usage !== "application");
}

/**
 * Finds pre-shared keys for a Welcome: that of the link belongs to the predecessor, and nobody who does not bring the
 * predecessor gets at it. Throws `mls-successor-link` where the Welcome does not name `predecessor`, and
 * `mls-psk-unknown` where it names a predecessor that was not brought.
 *
 * @param lookUp - finds all other keys, and that of an epoch in which a group has branched and which is over
 */
export function keysOfSuccessor(
  psks: readonly PreSharedKeyId[],
  predecessor: Group | undefined,
  lookUp: PreSharedKeys | undefined,
): PreSharedKeys | undefined {
  const link = successorLinkIn(psks);
  if (predecessor === undefined) {
    if (link !== undefined) throw refusal("mls-psk-unknown");
    return lookUp;
  }
  const { context, epoch, secrets } = predecessor;
  if (link === undefined || !sameBytes(link.groupId, context.groupId)) throw refusal("mls-successor-link");
  return (id) => (id === link && id.epoch === epoch ? secrets.open().epoch.resumptionPsk : lookUp?.(id));
}

/**
 * Whether a group may succeed another one in the way that `link` says (RFC 9420 §11.2, §11.3, §12.4.3.1). Throws
 * `mls-successor-epoch`, `mls-reinit-missing`, `mls-reinit-parameters`, `mls-reinit-members`,
 * `mls-branch-parameters` or `mls-branch-members`. Two leaves are of one client where the validator takes the
 * credential of the new one for a successor of the old one's, or without such a rule where the two are the same.
 */
export function checkSuccessor(
  group: PublicGroup,
  link: SuccessorLink,
  predecessor: Group,
  credentials: CredentialValidator,
): void {
  const { context } = group;
  if (context.epoch !== 1n) throw refusal("mls-successor-epoch");
  const [before, after] = [credentialsIn(predecessor.tree), credentialsIn(group.tree)];
  const follows = (old: Credential, one: Credential): boolean => credentials.isSuccessor?.(old, one) ?? false;
  const areAllFromBefore = areAllIn(after, before, (one, old) => follows(old, one));
  if (link.usage === "reinit") {
    checkReInit(context, link, predecessor);
    const areAllThere = before.length === after.length && areAllIn(before, after, follows);
    if (!areAllThere || !areAllFromBefore) throw refusal("mls-reinit-members");
    return;
  }
  const { version, cipherSuite } = predecessor.context;
  if (context.version !== version || context.cipherSuite !== cipherSuite) {
    throw refusal("mls-branch-parameters");
  }
  if (!areAllFromBefore) throw refusal("mls-branch-members");
}

/** Whether a group is the one that the last commit of its predecessor has asked for. */
function checkReInit(context: GroupContext, link: SuccessorLink, { reInit, epoch }: Group): void {
  if (reInit === undefined || link.epoch !== epoch) throw refusal("mls-reinit-missing");
  const isAskedFor =
    sameBytes(context.groupId, reInit.groupId) &&
    context.version === reInit.version &&
    context.cipherSuite === reInit.cipherSuite &&
    sameBytes(encode(writeExtensions, context.extensions), encode(writeExtensions, reInit.extensions));
  if (!isAskedFor) throw refusal("mls-reinit-parameters");
}

/** Whether each client of one group is also in another one; `isOne` tells for two credentials that differ. */
function areAllIn(
  some: readonly Credential[],
  all: readonly Credential[],
  isOne: (one: Credential, other: Credential) => boolean,
): boolean {
  const names = new Set(all.map(nameOf));
  return some.every((one) => names.has(nameOf(one)) || all.some((other) => isOne(one, other)));
}

function credentialsIn(tree: RatchetTree): Credential[] {
  return members(tree).map(([, { credential }]) => credential);
}

function nameOf(credential: Credential): string {
  return hex(encode(writeCredential, credential));
}
