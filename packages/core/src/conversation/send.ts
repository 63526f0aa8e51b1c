import { ReadbackError } from "../error.ts";
import {
  type AnswerContent,
  contentId,
  encodeContent,
  type Intention,
  type MessageId,
  type ReactionContent,
  type RecallContent,
  saltSize,
  type TextContent,
} from "./content.ts";
import { contentContext } from "./content-context.ts";
import { type Seen, seenHead, type Unsaid } from "./content-details.ts";
import { maximumNumbers } from "./content-field.ts";
import type { Step } from "./step.ts";

/** What somebody wants to say. */
export type Saying = Unsaid<TextContent | RecallContent | ReactionContent | AnswerContent> & {
  /** What its author wants of the others; `fyi` unless given. */
  readonly intent?: Intention;
};

/**
 * Queues what somebody says. The content, and with it the message id and what its author had seen, is fixed here; it is
 * encrypted when it is submitted. Returns the local number and the id. Throws `not-a-member` where nothing can be said
 * any more, `log-forked` in a frozen conversation, `conversation-moved` in one that goes on elsewhere, and what
 * {@link encodeContent} throws.
 */
export function say(step: Step, saying: Saying): { number: number; id: MessageId } {
  const { state, tools } = step;
  if (state.fork !== undefined) {
    throw new ReadbackError("log-forked", "The relay has signed two histories: nothing is sent any more.");
  }
  if (state.phase === "moved") {
    throw new ReadbackError("conversation-moved", "The conversation goes on in another one.");
  }
  if (state.phase !== "active") {
    throw new ReadbackError(
      "not-a-member",
      "Nothing can be said in a conversation that this device is not active in.",
    );
  }
  const context = contentContext(state, state.self);
  const deviceCounter = state.deviceCounter + 1;
  const { intent = "fyi", ...words } = saying;
  const givenUp = state.givenUp.slice(0, maximumNumbers);
  const details = { seen: seenOf(state), deviceCounter, givenUp, sentAt: tools.now, intent };
  const content = { ...words, salt: tools.random(saltSize), details };
  const framed = encodeContent(content, context);
  const id = contentId(tools.logSuite.hash, content, framed, context);
  step.update({ deviceCounter });
  return { number: step.queue("application", id, framed), id };
}

/** Whoever is active has read the log at least up to the entry that made it so. */
export function seenOf({ log }: Step["state"]): Seen {
  if (log.head === undefined) throw new ReadbackError("internal", "Nothing was read yet.");
  return seenHead(log.head);
}
