import type { CipherSuite } from "../crypto/suite.ts";
import { isContentSignatureValid } from "./content-signature.ts";
import type { AuthenticatedContent } from "./framing.ts";
import type { GroupContext } from "./group-context.ts";
import { encodeMessage } from "./message.ts";
import { type MessageOpening, sealAgain } from "./private-message.ts";

/** What was said in an application message, with what it takes to make the message again. */
export interface OpenedAgain {
  /** The sender's leaf index. */
  readonly leaf: number;
  readonly data: Uint8Array;
  readonly signature: Uint8Array;
  readonly opening: MessageOpening;
}

/** The MLSMessage that was sent in the epoch of `context`, byte for byte. */
export function messageAgain(suite: CipherSuite, context: GroupContext, opened: OpenedAgain): Uint8Array {
  const privateMessage = sealAgain(suite, authenticatedContent(context, opened), opened.opening);
  return encodeMessage({ type: "private-message", privateMessage });
}

/** Whether `signatureKey` has signed what was said, in the epoch of `context`. */
export function isSignedAgain(
  suite: CipherSuite,
  signatureKey: Uint8Array,
  context: GroupContext,
  opened: OpenedAgain,
): boolean {
  return isContentSignatureValid(suite, signatureKey, authenticatedContent(context, opened), context);
}

function authenticatedContent(
  { groupId, epoch }: GroupContext,
  { leaf, data, signature, opening }: OpenedAgain,
): AuthenticatedContent {
  return {
    wireFormat: "private-message",
    content: {
      groupId,
      epoch,
      sender: { type: "member", leafIndex: leaf },
      authenticatedData: opening.authenticatedData,
      content: { type: "application", data },
    },
    auth: { signature, confirmationTag: undefined },
  };
}
