import { encode } from "../codec/writer.ts";
import { type GroupContext, writeGroupContext } from "../mls/group-context.ts";
import type { DeviceName } from "./identity.ts";
import { type ContentContext, roomUri, senderUri } from "./message-id.ts";
import type { ConversationState } from "./state.ts";

/** What a message id binds besides the content: who said it and where. */
export function contentContext(
  state: Pick<ConversationState, "id" | "hub">,
  author: DeviceName,
): ContentContext {
  return { senderUri: senderUri(author.person, author.device), roomUri: roomUri(state.id, state.hub.relay) };
}

/** The encoded GroupContext of a group's epoch, kept since every signature of the epoch covers it (RFC 9420 §6.1). */
export function encodeContext(group: { readonly context: GroupContext }): Uint8Array {
  return encode(writeGroupContext, group.context);
}
