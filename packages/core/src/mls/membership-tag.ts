import { Writer } from "../codec/writer.ts";
import { equal } from "../crypto/equal.ts";
import type { CipherSuite } from "../crypto/suite.ts";
import { contentToBeSigned } from "./content-signature.ts";
import { type FramedContent, type FramedContentAuthData, writeFramedContentAuthData } from "./framing.ts";
import type { GroupContext } from "./group-context.ts";
import type { PublicMessage } from "./message.ts";

/** Makes a public message of a member's signed content (RFC 9420 §6.2). */
export function publicMessageOf(
  suite: CipherSuite,
  membershipKey: Uint8Array,
  content: FramedContent,
  auth: FramedContentAuthData,
  context: GroupContext,
): PublicMessage {
  return { content, auth, membershipTag: membershipTag(suite, membershipKey, content, auth, context) };
}

/** Whether a public message of a member proves that its sender knows the secrets of the epoch. */
export function isMembershipTagValid(
  suite: CipherSuite,
  membershipKey: Uint8Array,
  message: PublicMessage,
  context: GroupContext,
): boolean {
  const expected = membershipTag(suite, membershipKey, message.content, message.auth, context);
  return message.membershipTag !== undefined && equal(message.membershipTag, expected);
}

/** MAC over AuthenticatedContentTBM (RFC 9420 §6.2). */
function membershipTag(
  suite: CipherSuite,
  membershipKey: Uint8Array,
  content: FramedContent,
  auth: FramedContentAuthData,
  context: GroupContext,
): Uint8Array {
  const writer = new Writer(1_024);
  for (const piece of contentToBeSigned("public-message", content, context)) writer.raw(piece);
  writeFramedContentAuthData(writer, auth);
  return writer.lend((tagged) => suite.hash.mac(membershipKey, tagged));
}
