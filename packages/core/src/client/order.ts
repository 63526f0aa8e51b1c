import type { Message } from "./message.ts";

/** How two messages stand to each other: by what their authors had read, not by when they arrived. */
export type Order = "before" | "after" | "concurrent";

/** See the method of a conversation. */
export function orderOf(one: Message, other: Message): Order {
  if (isAfter(other, one)) return "before";
  return isAfter(one, other) ? "after" : "concurrent";
}

/** Whether the author of `later` knew `earlier`: had read it, or had said it on the same device before. */
function isAfter(later: Message, earlier: Message): boolean {
  const { seq } = earlier;
  const isSameDevice = later.from === earlier.from && later.device === earlier.device;
  if (isSameDevice) return (later.deviceCounter ?? 0) > (earlier.deviceCounter ?? 0);
  return seq !== undefined && later.seen !== undefined && later.seen >= seq;
}
