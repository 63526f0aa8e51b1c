import { sameBytes } from "../codec/bytes.ts";
import { encodeContent } from "./content.ts";
import { contentContext } from "./content-context.ts";
import { type ForkContent, maximumProofSize } from "./fork-content.ts";
import { decodeForkProof, type ForkProof, hashBefore, verifyForkProof } from "./fork-proof.ts";
import { freeze, putFork } from "./freeze.ts";
import { report } from "./integrity.ts";
import { hashAt } from "./known-log.ts";
import type { MessageRecord } from "./message-record.ts";
import { seenOf } from "./send.ts";
import type { Step } from "./step.ts";

const noId = new Uint8Array(32);

/** Hands the proof of a fork to the other members: once, and it is all that is still sent. */
export function passFork(step: Step, proof: Uint8Array): void {
  const { state } = step;
  const { fork } = state;
  if (fork === undefined || fork.isPassed) return;
  putFork(step, { ...fork, isPassed: true });
  // A longer one is for people to hand on.
  if (proof.length > maximumProofSize || state.phase !== "frozen") return;
  const content: ForkContent = { type: "fork", seen: seenOf(state), proof };
  step.queue("receipt", noId, encodeContent(content, contentContext(state, state.self)));
}

/**
 * Judges a proof that a member has handed on, by this device's own means: with the key that the members have agreed on.
 * Where it holds, the conversation is frozen here too; where it does not, its author is told of, and nothing else happens.
 */
export function receiveFork(
  step: Step,
  { seq: place, author: by }: MessageRecord,
  content: ForkContent,
): void {
  const { state, tools } = step;
  if (state.fork !== undefined) return;
  const { logSuite } = tools;
  const proof = proofIn(content);
  const isOurs = proof?.branches.every(({ head }) => sameBytes(head.conversation, state.id)) ?? false;
  if (proof === undefined || !isOurs || !verifyForkProof(logSuite, state.hub.logKey, proof)) {
    report(step, { what: "false-claim", seq: place, by });
    return;
  }
  const { seq, branches } = proof;
  const own = hashAt(state.log, seq);
  // What its author says stands in our log, so the first history is ours, unless ours says otherwise.
  const isOwn = own !== undefined && sameBytes(hashBefore(logSuite, seq, branches[1]) ?? own, own);
  const [first, other] = isOwn ? [branches[1], branches[0]] : branches;
  freeze(step, { seq, own: own === undefined ? first : undefined, other, by }, true);
}

function proofIn({ proof }: ForkContent): ForkProof | undefined {
  try {
    return decodeForkProof(proof);
  } catch {
    // Bytes that are no proof prove nothing; that is an answer here, not a failure.
    return undefined;
  }
}
