import type { Conversation, Message } from "@readback/core";

const pageLength = 500;

/** All messages of a conversation, page by page, and at the end those that wait to be sent. */
export async function allMessages(conversation: Conversation): Promise<Message[]> {
  const messages: Message[] = [];
  let after = 0;
  for (;;) {
    const page = await conversation.messages({ after, limit: pageLength });
    messages.push(...page);
    const last = page.findLast(({ seq }) => seq !== undefined)?.seq;
    if (last === undefined || page.length < pageLength) return messages;
    after = last;
  }
}
