import { compareBytes, sameBytes } from "../codec/bytes.ts";
import { hex } from "../codec/hex.ts";
import { credentialRules } from "../conversation/handshake-rules.ts";
import {
  type CredentialAuthority,
  type DeviceName,
  domainOf,
  fullName,
  isSameDevice,
} from "../conversation/identity.ts";
import { serviceDomain } from "../conversation/revocation-services.ts";
import type { CryptoProvider } from "../crypto/suite.ts";
import { hasCode, ReadbackError } from "../error.ts";
import { readExternalSenders } from "../mls/extension.ts";
import { createExternalProposal } from "../mls/external-proposal.ts";
import { leafAt, leafIndexes } from "../mls/group-view.ts";
import { decodeMessage } from "../mls/message.ts";
import { publicGroupFrom } from "../mls/open-group-info.ts";
import type { PublicGroup } from "../mls/public-group.ts";
import type { Answer } from "../wire/answer.ts";
import { asService, domainOfService, type ServiceOptions } from "./service-session.ts";
import type { Session } from "./session.ts";

/** How often a removal is made anew since somebody's commit came first. */
const mostAttempts = 8;

/** What {@link revokeDevice} takes. */
export interface RevokeOptions extends ServiceOptions {
  /** Of the service's own domain. */
  readonly device: DeviceName;
}

/** How far it has come in one conversation of the device. */
export interface RevokedMembership {
  /** The conversation's identifier, in hexadecimal. */
  readonly conversation: string;
  /**
   * - `waiting`: nothing more can be said until a member has committed the removal, which the app of any of them does by itself;
   * - `removed`: the device is no member any more;
   * - `ended`: the group has ended (RFC 9420 §11.2), and nothing is said there any more; in what follows it has to be removed, too;
   * - `not-named`: the conversation does not name this service; its members have to remove the device;
   * - `unavailable`: the relay could not say or take it now: to be asked again.
   */
  readonly outcome: "waiting" | "removed" | "ended" | "not-named" | "unavailable";
}

/**
 * Revokes a device at a relay: it is let in no more, and whoever is in a conversation with it has to remove it before anything
 * else is said there. Nothing is kept in between: called again, it goes on, and where nothing is left to do the list is empty.
 * Rejects as `announceService`, with `invalid-argument` where the device is of another domain, and with `relay-refused`.
 */
export async function revokeDevice(options: RevokeOptions): Promise<RevokedMembership[]> {
  if (domainOf(options.device.person) !== domainOfService(options.service))
    throw new ReadbackError("invalid-argument", "A service revokes devices of its own domain.");
  return asService(options, (session, crypto) => revokeEverywhere(session, options, crypto));
}

async function revokeEverywhere(
  session: Session,
  options: RevokeOptions,
  crypto: CryptoProvider,
): Promise<RevokedMembership[]> {
  const device = fullName(options.device);
  const found: RevokedMembership[] = [];
  let after: Uint8Array | undefined;
  for (;;) {
    const answer = await session.request({ type: "revoke", device, after });
    if (answer.type !== "revoked")
      throw new ReadbackError("relay-refused", "The relay did not revoke the device.");
    // One after the other: there may be thousands, and each is asked for with its whole tree.
    for (const conversation of answer.conversations) {
      // A relay that goes round in circles could keep us busy for ever.
      if (after !== undefined && compareBytes(conversation, after) <= 0)
        throw new ReadbackError("protocol-violation", "The relay names conversations out of order.");
      const outcome = await removeFrom(session, options, crypto, conversation);
      found.push({ conversation: hex(conversation), outcome });
      after = conversation;
    }
    if (answer.conversations.length === 0) return found;
  }
}

async function removeFrom(
  session: Session,
  { service, device }: RevokeOptions,
  crypto: CryptoProvider,
  conversation: Uint8Array,
): Promise<RevokedMembership["outcome"]> {
  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    const answer = await session.request({ type: "group-info", conversation });
    if (answer.type === "refused" && answer.code === "not-allowed") return "not-named";
    if (answer.type === "refused" && answer.code === "ended") return "ended";
    const group = groupIn(answer, conversation, service.authority, crypto);
    if (group === undefined) return "unavailable";
    const removed = leafOf(group, device, service.authority);
    if (removed === undefined) return "removed";
    const { publicKey, privateKey } = service.signatureKeyPair;
    const senders = readExternalSenders(group.context.extensions) ?? [];
    // Its key may be that of an older credential, which has ended.
    const senderIndex = senders.findIndex(
      (sender) =>
        sameBytes(sender.signatureKey, publicKey) &&
        serviceDomain(service.authority, sender, session.openedAt) !== undefined,
    );
    if (senderIndex < 0) return "not-named";
    const key = { senderIndex, signaturePrivateKey: privateKey };
    const payload = createExternalProposal(group, { type: "remove", removed }, key);
    const { epoch } = group;
    const submission = {
      kind: "proposal",
      epoch,
      payload,
      welcome: undefined,
      groupInfo: undefined,
    } as const;
    const appended = await session.request({ type: "append", conversation, ...submission });
    if (appended.type === "appended") return "waiting";
    if (appended.type === "epoch-changed") continue;
    // Removals wait there already.
    const isWaiting = appended.type === "refused" && appended.code === "commit-first";
    return isWaiting ? "waiting" : "unavailable";
  }
  return "unavailable";
}

/** The group that a relay shows, signed by one of its members; `undefined` where it shows none, or one that is not right. */
function groupIn(
  answer: Answer,
  conversation: Uint8Array,
  authority: CredentialAuthority,
  crypto: CryptoProvider,
): PublicGroup | undefined {
  if (answer.type !== "group-info") return undefined;
  const { groupInfo, ratchetTree } = answer;
  try {
    const message = decodeMessage(groupInfo);
    const number = message.type === "group-info" ? message.groupInfo.groupContext.cipherSuite : -1;
    const suite = crypto.suite(number);
    if (suite === undefined) return undefined;
    const credentials = credentialRules(authority);
    const group = publicGroupFrom({ suite, groupInfo, ratchetTree, credentials });
    return sameBytes(group.context.groupId, conversation) ? group : undefined;
  } catch (error) {
    const isBad = error instanceof ReadbackError && error.code.startsWith("mls-");
    if (isBad || hasCode(error, "malformed") || hasCode(error, "too-large")) return undefined;
    throw error;
  }
}

function leafOf(group: PublicGroup, device: DeviceName, authority: CredentialAuthority): number | undefined {
  return leafIndexes(group).find((leaf) => {
    const node = leafAt(group, leaf);
    const named = node && authority.identify(node.credential);
    return named !== undefined && isSameDevice(named, device);
  });
}
