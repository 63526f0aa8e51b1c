import type { MessageStatus } from "@readback/core";

/** The way of a message, step by step. */
export const ladder = ["queued", "sent", "delivered", "read", "acknowledged"] as const;

/** How high a status is: 1 for queued to 5 for acknowledged; 0 for failed. */
export function heightOf(status: MessageStatus): number {
  return status === "failed" ? 0 : ladder.indexOf(status) + 1;
}
