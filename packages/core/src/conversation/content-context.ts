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
