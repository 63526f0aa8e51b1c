import type { Conversation, Message } from "@readback/core";

const pageLength = 500;

/** All messages of a conversation, page by page, and at the end those that wait to be sent. */
export async function allMessages(conversation: Conversation): Promise<Message[]> {
  const messages: Message[] = [];
  let after = 0;
  for (;;) {
    const page = await conversation.messages({ after, limit: pageLength });
    messages.push(...page);
    // Only what has its place counts as a page: the last one may be followed by any number that wait.
    const placed = page.filter(({ seq }) => seq !== undefined);
    const last = placed.at(-1)?.seq;
    if (last === undefined || placed.length < pageLength) return messages;
    after = last;
  }
}
