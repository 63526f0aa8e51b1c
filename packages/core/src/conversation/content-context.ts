import type { DeviceName } from "./identity.ts";
import { type ContentContext, roomUri, senderUri } from "./message-id.ts";
import type { ConversationState } from "./state.ts";

// The authors of a page are few, and to write their URIs costs as much as to decrypt what they say.
const known = new WeakMap<DeviceName, { readonly id: Uint8Array; readonly context: ContentContext }>();

/** What a message id binds besides the content: who said it and where. A conversation never changes its relay. */
export function contentContext(
  { id, hub }: Pick<ConversationState, "id" | "hub">,
  author: DeviceName,
): ContentContext {
  const before = known.get(author);
  if (before?.id === id) return before.context;
  const context = {
    senderUri: senderUri(author.person, author.device),
    roomUri: roomUri(id, hub.relay),
  };
  known.set(author, { id, context });
  return context;
}
