import { utf8 } from "../codec/utf8.ts";
import type { Details } from "./content-details.ts";
import type { MessageId } from "./message-id.ts";

/** A sign at a message, or that a person's sign is taken back (MIMI content, "Reaction" and "Unlike"). */
export interface ReactionContent {
  readonly type: "reaction";
  /** The message; an id is one version of it. */
  readonly of: MessageId;
  /** For instance an emoji: 1 to 64 bytes in UTF-8. Left out where it is taken back. */
  readonly reaction?: string;
  /** The person's reaction before it; always there where it is taken back. */
  readonly replaces?: MessageId;
  /** 16 random bytes. */
  readonly salt: Uint8Array;
  readonly details: Details;
}

const maximumReactionSize = 64;

/** Whether a text is short enough to be a reaction, and not empty. */
export function isReaction(text: string): boolean {
  return text !== "" && text.length <= maximumReactionSize && utf8(text).length <= maximumReactionSize;
}
