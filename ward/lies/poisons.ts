import { encodeContent } from "../../packages/core/src/conversation/content.ts";
import { contentContext } from "../../packages/core/src/conversation/content-context.ts";
import { seenHead } from "../../packages/core/src/conversation/content-details.ts";
import type { DeviceName } from "../../packages/core/src/conversation/identity.ts";
import { encodeFraming } from "../../packages/core/src/conversation/media-framing.ts";
import { mimiContentType } from "../../packages/core/src/conversation/mimi-content.ts";
import type { ConversationState } from "../../packages/core/src/conversation/state.ts";

/** Contents that no client makes: each breaks one rule. */
export function poisons(state: ConversationState, other: DeviceName): Uint8Array[] {
  const details = {
    seen: seenHead(state.log.head as never),
    deviceCounter: 1,
    sentAt: 0,
    intent: "fyi",
    givenUp: [],
  } as const;
  const text = { type: "text", text: "x", salt: new Uint8Array(16), details } as const;
  const honest = encodeContent(text, contentContext(state, state.self));
  return [
    new Uint8Array([0xff, 0xff]),
    encodeFraming(mimiContentType, new Uint8Array(1_000).fill(0x81)),
    encodeFraming(mimiContentType, new Uint8Array(64_000).fill(0x9b)),
    // In the name of another member.
    encodeContent({ ...text, text: "It was me" }, contentContext(state, other)),
    honest.subarray(0, honest.length - 1),
    // The same value in a longer form: not deterministic.
    lengthened(honest),
  ];
}

/** A receipt for what is not there yet, or for what nobody has looked at. */
export function falseReceipt(state: ConversationState, upTo: number): Uint8Array {
  const seen = seenHead(state.log.head as never);
  const receipt = {
    type: "receipt",
    level: "displayed",
    seen: { ...seen, seq: upTo },
    exceptions: [],
  } as const;
  return encodeContent({ ...receipt, upTo }, contentContext(state, state.self));
}

/** MIMI content begins with the header of an array of seven; this is another header for the same. */
function lengthened(framed: Uint8Array): Uint8Array {
  const at = framed.indexOf(0x87);
  const longer = new Uint8Array(framed.length + 1);
  longer.set(framed.subarray(0, at));
  longer.set([0x98, 0x07], at);
  longer.set(framed.subarray(at + 1), at + 2);
  return longer;
}
