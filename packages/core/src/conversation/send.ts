import { ReadbackError } from "../error.ts";
import {
  type AnswerContent,
  contentId,
  encodeContent,
  type Intention,
  type MessageId,
  type ReceiptLevel,
  saltSize,
  type TextContent,
} from "./content.ts";
import { contentContext } from "./content-context.ts";
import { type Seen, seenHead } from "./content-details.ts";
import { joinedAt } from "./members.ts";
import { noteAnswer } from "./pending-request.ts";
import type { Step } from "./step.ts";

const noId = new Uint8Array(32);

/** `Omit` for each of the acts. */
type SayingAnswer = AnswerContent extends infer Each
  ? Each extends AnswerContent
    ? Omit<Each, "salt" | "details">
    : never
  : never;

/** What somebody wants to say. */
export type Saying = (Omit<TextContent, "salt" | "details"> | SayingAnswer) & {
  /** What its author wants of the others; `fyi` unless given. */
  readonly intent?: Intention;
};

/**
 * Queues what somebody says. The content, and with it the message id and what its author had seen, is fixed here; it is
 * encrypted when it is submitted. Returns the local number and the id. Throws `not-a-member` where nothing can be said
 * any more, and what {@link encodeContent} throws.
 */
export function say(step: Step, saying: Saying): { number: number; id: MessageId } {
  const { state, tools } = step;
  if (state.phase !== "active") {
    throw new ReadbackError(
      "not-a-member",
      "Nothing can be said in a conversation that this device is not active in.",
    );
  }
  const context = contentContext(state, state.self);
  const deviceCounter = state.deviceCounter + 1;
  const { intent = "fyi", ...words } = saying;
  const details = { seen: seenOf(state), deviceCounter, sentAt: tools.now, intent };
  const content = { ...words, salt: tools.random(saltSize), details };
  const framed = encodeContent(content, context);
  const id = contentId(tools.logSuite.hash, content, framed, context);
  step.update({ deviceCounter });
  const number = step.takeNumber();
  step.putOutgoing({
    number,
    kind: "application",
    id,
    content: framed,
    submission: undefined,
    signature: undefined,
    opening: undefined,
  });
  return { number, id };
}

/**
 * Notes that everything up to `seq` was displayed to the person. The receipt goes out with {@link reportReceipts};
 * who has asked for it is answered at once.
 * What this device does not hold cannot be marked: later numbers count as the last one it holds. Nor can what it held
 * before it was removed and came back: a receipt speaks for one stay only.
 */
export function markDisplayed(step: Step, seq: number): void {
  const { due, position } = step.state;
  const displayed = Math.min(seq, position.seq);
  if (displayed > due.displayed && displayed >= joinedAt(step.state))
    step.update({ due: { ...due, displayed } });
  for (const { seq: ofSeq, id: of, owesSeen } of step.state.requests) {
    if (!owesSeen || ofSeq > displayed) continue;
    const answer = { type: "answer", act: "seen", of, ofSeq } as const;
    say(step, answer);
    noteAnswer(step, step.state.self.person, 0, answer);
  }
}

/** Queues the receipts that are due: one for each level, whatever the number of messages (profile RB-1). */
export function reportReceipts(step: Step): void {
  const { state } = step;
  if (state.phase !== "active") return;
  const { due, reported } = state;
  if (due.displayed > reported.displayed) queueReceipt(step, "displayed", due.displayed);
  // Displayed implies stored, so a second receipt is due only for what lies beyond.
  if (due.stored > Math.max(reported.stored, due.displayed)) queueReceipt(step, "stored", due.stored);
  step.update({
    reported: {
      displayed: Math.max(reported.displayed, due.displayed),
      stored: Math.max(reported.stored, due.stored, due.displayed),
    },
  });
}

/** Whether {@link reportReceipts} would queue something. */
export function areReceiptsDue({ due, reported, phase }: Step["state"]): boolean {
  return phase === "active" && (due.displayed > reported.displayed || due.stored > reported.stored);
}

/** Whoever is active has read the log at least up to the entry that made it so. */
function seenOf({ log }: Step["state"]): Seen {
  if (log.head === undefined) throw new ReadbackError("internal", "Nothing was read yet.");
  return seenHead(log.head);
}

function queueReceipt(step: Step, level: ReceiptLevel, upTo: number): void {
  const { state } = step;
  const receipt = { type: "receipt", level, upTo, seen: seenOf(state), exceptions: [] } as const;
  const content = encodeContent(receipt, contentContext(state, state.self));
  const number = step.takeNumber();
  step.putOutgoing({
    number,
    kind: "receipt",
    id: noId,
    content,
    submission: undefined,
    signature: undefined,
    opening: undefined,
  });
}
