import { sameBytes } from "../codec/bytes.ts";
import { ReadbackError } from "../error.ts";
import type { LogEntry, LogHead } from "../wire/entry.ts";
import { extendLog } from "./known-log.ts";
import { entryHash, verifyHead } from "./log-entry.ts";
import { encodeLogPage, logPageName } from "./log-page.ts";
import { passTime } from "./pending-request.ts";
import { missApplication, receiveApplication } from "./receive-application.ts";
import { receiveCommit, receiveProposal } from "./receive-handshake.ts";
import type { Position } from "./state.ts";
import type { Step } from "./step.ts";

/**
 * Processes the next entries of the log, in order. Entries that were processed before are passed over. The chain and
 * the relay's signature over its end are checked before anything is decrypted: throws `log-broken` where an entry is
 * missing, altered, out of place or not vouched for, and then nothing of the page counts.
 *
 * An entry that is in its place but cannot be used (a message nobody can decrypt, a commit that breaks the rules)
 * becomes a `problem` event; after a commit like that the conversation is `halted` and the rest of the page is left.
 *
 * @param missedUpTo - where this device has its place in the group again: while it is halted, what comes before is passed
 *   over, and what somebody said there is a visible gap
 */
export function receiveEntries(
  step: Step,
  entries: readonly LogEntry[],
  head: LogHead,
  missedUpTo = 0,
): void {
  const fresh = entries.filter((entry) => entry.header.seq > step.state.position.seq);
  if (fresh.length === 0) return;
  const positions = followChain(step, fresh);
  checkHead(step, head, positions.at(-1) as Position);
  const page = { headers: fresh.map(({ header }) => header), head };
  step.put(logPageName(page), encodeLogPage(page));
  step.update({ log: extendLog(step.state.log, page) });
  for (const [index, entry] of fresh.entries()) {
    if (step.state.phase === "left") return;
    if (step.state.phase === "halted") {
      if (entry.header.seq > missedUpTo) return;
      missEntry(step, entry);
    } else {
      receiveEntry(step, entry);
      // Halting leaves the position before the entry: nothing is passed over before there is a place to go on from.
      if ((step.state.phase as string) === "halted") return;
    }
    const before = step.state.position.acceptedAt;
    step.update({ position: positions[index] as Position });
    passTime(step, before);
  }
}

/** Checks that each entry follows the one before it. Returns the position after each. Throws `log-broken`. */
function followChain(step: Step, entries: readonly LogEntry[]): Position[] {
  const { state, tools } = step;
  let position = state.position;
  return entries.map(({ header, payload }) => {
    const follows =
      sameBytes(header.conversation, state.id) &&
      header.seq === position.seq + 1 &&
      sameBytes(header.previousHash, position.hash) &&
      header.acceptedAt >= position.acceptedAt &&
      header.relay === state.hub.relay;
    if (!follows) throw new ReadbackError("log-broken", "A log entry does not follow the one before it.");
    if (payload !== undefined && !sameBytes(tools.logSuite.hash.digest(payload), header.payloadHash)) {
      throw new ReadbackError("log-broken", "A log entry does not hold the payload it names.");
    }
    position = { seq: header.seq, hash: entryHash(tools.logSuite, header), acceptedAt: header.acceptedAt };
    return position;
  });
}

function checkHead(step: Step, head: LogHead, end: Position): void {
  const { state, tools } = step;
  const holds =
    sameBytes(head.conversation, state.id) &&
    head.seq === end.seq &&
    sameBytes(head.entryHash, end.hash) &&
    verifyHead(tools.logSuite, state.hub.logKey, head);
  if (!holds) throw new ReadbackError("log-broken", "The relay does not vouch for the entries it sent.");
}

function receiveEntry(step: Step, entry: LogEntry): void {
  const { header } = entry;
  switch (header.kind) {
    case "create":
      receiveCreation(step, entry);
      return;
    case "commit":
      receiveCommit(step, entry);
      return;
    case "proposal":
      receiveProposal(step, entry);
      return;
    case "application":
    case "receipt":
      receiveApplication(step, entry);
  }
}

/** Passes over an entry of an epoch that this device has no secrets of, unless it is the commit that ends this. */
function missEntry(step: Step, entry: LogEntry): void {
  const { kind, payloadHash } = entry.header;
  const { staged } = step.state;
  if (kind === "application") missApplication(step, entry);
  else if (staged !== undefined && sameBytes(staged.submission.payloadHash, payloadHash))
    receiveCommit(step, entry);
}

function receiveCreation(step: Step, { header }: LogEntry): void {
  const { creation } = step.state;
  if (header.seq !== 1 || creation === undefined || !sameBytes(creation.payloadHash, header.payloadHash)) {
    throw new ReadbackError("log-broken", "A log is opened twice, or by something we did not send.");
  }
  step.update({ creation: undefined });
}
