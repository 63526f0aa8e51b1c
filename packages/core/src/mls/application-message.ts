import { vectorSize } from "../codec/writer.ts";
import { wipe } from "../crypto/wipe.ts";
import type { Random } from "../port/random.ts";
import { checkPlace, senderLeaf } from "./authenticate.ts";
import { isContentSignatureValid, signContent } from "./content-signature.ts";
import { type AuthenticatedContent, encodedFramedContent, type FramedContent } from "./framing.ts";
import type { Group } from "./group-state.ts";
import { Hidden } from "./hidden.ts";
import { decodeMessage, encodeMessage, type PrivateMessage } from "./message.ts";
import { reuseGuardSize } from "./private-content.ts";
import {
  type MessageOpening,
  openingOf,
  openPrivateMessage,
  openSenderData,
  ratchetKindOf,
  sealPrivateMessage,
} from "./private-message.ts";
import { retiredSecrets } from "./retired-secrets.ts";
import { refusal } from "./rule.ts";
import { authenticatedDataFor } from "./safe-aad.ts";
import { keyAt, nextKey, type SecretTree, type SecretTreeStep } from "./secret-tree.ts";

const nothing = new Uint8Array(0);

/** How to protect application data. */
export interface ProtectOptions {
  readonly random: Random;
  /** Sent in the clear, but authenticated. */
  readonly authenticatedData?: Uint8Array | undefined;
  /** The message becomes as long as if the data had this many bytes; of no effect on data that has more. */
  readonly paddedLength?: number | undefined;
}

/** An encrypted message and the group that has used up its key. */
export interface ProtectedMessage {
  readonly group: Group;
  /** MLSMessage (PrivateMessage). */
  readonly message: Uint8Array;
  /** The encoded FramedContent that was signed: with {@link signature} and the group context, proof of what was said. */
  readonly content: Uint8Array;
  readonly signature: Uint8Array;
  /** Its key and nonce are among {@link consumed}: to be copied where they are to be kept. */
  readonly opening: MessageOpening;
  /**
   * Secrets of the group before that the new one does not hold, and the key that was used: to be overwritten once the
   * new group is durable, and not before.
   */
  readonly consumed: readonly Uint8Array[];
}

/** A decrypted message and the group that has used up its key. */
export interface UnprotectedMessage {
  readonly group: Group;
  /** The leaf index of the sender. */
  readonly sender: number;
  readonly data: Uint8Array;
  readonly authenticatedData: Uint8Array;
  /** As of {@link ProtectedMessage}. */
  readonly content: Uint8Array;
  readonly signature: Uint8Array;
  /** As of {@link ProtectedMessage}. */
  readonly opening: MessageOpening;
  /** As of {@link ProtectedMessage}. */
  readonly consumed: readonly Uint8Array[];
}

/**
 * Signs and encrypts application data for the members of this epoch (RFC 9420 §6.3).
 * Throws `mls-pending-proposals` where proposals wait that must be committed first (§12.4),
 * `mls-group-reinitialized`, `mls-generation-exhausted` or `mls-safe-aad`.
 */
export function protectMessage(group: Group, data: Uint8Array, options: ProtectOptions): ProtectedMessage {
  if (group.reInit !== undefined) throw refusal("mls-group-reinitialized");
  if (group.pending.length > 0) throw refusal("mls-pending-proposals");
  const secrets = group.secrets.open();
  const framed: FramedContent = {
    groupId: group.context.groupId,
    epoch: group.epoch,
    sender: { type: "member", leafIndex: group.ownLeaf },
    authenticatedData: authenticatedDataFor(group.context, options.authenticatedData),
    content: { type: "application", data },
  };
  const wireFormat = "private-message";
  const signature = signContent(group.suite, secrets.signaturePrivateKey, wireFormat, framed, group.context);
  const step = nextKey(group.suite, secrets.secretTree, group.ownLeaf, "application");
  const reuseGuard = options.random(reuseGuardSize);
  const privateMessage = sealPrivateMessage(
    group.suite,
    { wireFormat, content: framed, auth: { signature, confirmationTag: undefined } },
    group.ownLeaf,
    {
      senderDataSecret: secrets.epoch.senderDataSecret,
      messageKey: step.key,
      reuseGuard,
    },
    plaintextLength(options.paddedLength, signature),
  );
  const opening = openingOf(group.suite, privateMessage, step.key, reuseGuard);
  return {
    group: withSecretTree(group, step.tree),
    message: encodeMessage({ type: "private-message", privateMessage }),
    content: encodedFramedContent(framed),
    signature,
    opening,
    consumed: [...step.consumed, opening.nonce],
  };
}

/**
 * Decrypts application data and verifies who sent it. Each message can be opened once. A message that is refused
 * changes nothing; the codes tell why: `malformed`, `too-large`, `mls-version`, `mls-wire-format`,
 * `mls-application-public`, `mls-group-id`, `mls-epoch-past`, `mls-epoch-future`, `mls-safe-aad`, `mls-sender-data`,
 * `mls-sender-blank`, `mls-own-message`, `mls-generation-used`, `mls-generation-ahead`, `mls-decryption`,
 * `mls-padding`, `mls-content-signature`.
 *
 * @param lost - messages of the epoch that are known not to come any more: a message may be so much further ahead of the
 *   last one of its sender than usual
 */
export function unprotectMessage(group: Group, message: Uint8Array, lost?: number): UnprotectedMessage {
  const decoded = decodeMessage(message);
  if (decoded.type === "public-message" && decoded.publicMessage.content.content.type === "application") {
    throw refusal("mls-application-public");
  }
  if (decoded.type !== "private-message" || decoded.privateMessage.contentType !== "application") {
    throw refusal("mls-wire-format");
  }
  const opened = openMemberMessage(group, decoded.privateMessage, lost);
  const { content, auth } = opened.authenticated;
  // What is opened has the type that the message says: it was decoded as such.
  const data = content.content.type === "application" ? content.content.data : nothing;
  return {
    group: withSecretTree(group, opened.secretTree),
    sender: opened.sender,
    data,
    authenticatedData: content.authenticatedData,
    content: encodedFramedContent(content),
    signature: auth.signature,
    opening: opened.opening,
    consumed: opened.consumed,
  };
}

/**
 * The leaf that has sent a message which could not be opened, as far as the message tells; `undefined` where it does not.
 * Any member could have written it there: it is a hint, and proves nothing (RFC 9420 §6.3.2).
 */
export function claimedSender(group: Group, message: Uint8Array): number | undefined {
  try {
    const decoded = decodeMessage(message);
    if (decoded.type !== "private-message" || decoded.privateMessage.epoch !== group.epoch) return undefined;
    const { senderDataSecret } = group.secrets.open().epoch;
    return openSenderData(group.suite, senderDataSecret, decoded.privateMessage).leafIndex;
  } catch {
    // Bytes that are no message name nobody; that is an answer here, not a failure.
    return undefined;
  }
}

/** A private message that was decrypted and whose signature is valid, with the secret tree that is left. */
export interface OpenedMessage {
  readonly sender: number;
  readonly authenticated: AuthenticatedContent;
  readonly secretTree: SecretTree;
  readonly opening: MessageOpening;
  readonly consumed: readonly Uint8Array[];
}

/** Decrypts a private message of another member and verifies its signature; errors as of {@link unprotectMessage}. */
export function openMemberMessage(group: Group, message: PrivateMessage, lost?: number): OpenedMessage {
  checkPlace(group, message);
  const { epoch, secretTree } = group.secrets.open();
  const senderData = openSenderData(group.suite, epoch.senderDataSecret, message);
  const sender = senderData.leafIndex;
  const leaf = senderLeaf(group, sender);
  if (sender === group.ownLeaf) throw refusal("mls-own-message");
  const kind = ratchetKindOf(message.contentType);
  const step = keyAt(group.suite, secretTree, sender, kind, senderData.generation, lost);
  const authenticated = refusing(group, step, () => {
    const opened = openPrivateMessage(group.suite, message, senderData, step.key);
    if (!isContentSignatureValid(group.suite, leaf.signatureKey, opened, group.context)) {
      throw refusal("mls-content-signature");
    }
    return opened;
  });
  const opening = openingOf(group.suite, message, step.key, senderData.reuseGuard);
  return {
    sender,
    authenticated,
    secretTree: step.tree,
    opening,
    consumed: [...step.consumed, opening.nonce],
  };
}

/** Overwrites what a step has derived, where what it was derived for is refused: the tree before stays in use. */
function refusing<T>(group: Group, { tree, consumed }: SecretTreeStep, judge: () => T): T {
  try {
    return judge();
  } catch (error) {
    const inUse = new Set(retiredSecrets(group));
    const derived = [...retiredSecrets(withSecretTree(group, tree)), ...consumed];
    wipe(...derived.filter((secret) => !inUse.has(secret)));
    throw error;
  }
}

/** The group with another secret tree, everything else shared. */
export function withSecretTree(group: Group, secretTree: SecretTree): Group {
  return { ...group, secrets: new Hidden({ ...group.secrets.open(), secretTree }) };
}

/** The length of a plaintext whose data is padded to `paddedLength`: headers and signature come on top. */
function plaintextLength(paddedLength: number | undefined, signature: Uint8Array): number {
  if (paddedLength === undefined) return 0;
  return vectorSize(paddedLength) + vectorSize(signature.length);
}
