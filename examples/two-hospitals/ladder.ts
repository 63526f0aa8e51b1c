import type { MessageStatus } from "@readback/core";

/** The way of a message, step by step. */
export const ladder = ["queued", "sent", "delivered", "read", "acknowledged"] as const;

/** How high a status is: 1 for queued to 5 for acknowledged; 2 for what is sent and unreadable there; 0 for failed. */
export function heightOf(status: MessageStatus): number {
  if (status === "failed") return 0;
  return ladder.indexOf(status === "unreadable" ? "sent" : status) + 1;
}
