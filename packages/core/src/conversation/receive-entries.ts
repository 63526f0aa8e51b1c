import { sameBytes } from "../codec/bytes.ts";
import type { LogEntry, LogHead } from "../wire/entry.ts";
import { hashBefore } from "./fork-proof.ts";
import { freeze } from "./freeze.ts";
import { isSameDevice } from "./identity.ts";
import { clockTolerance, report } from "./integrity.ts";
import { extendLog } from "./known-log.ts";
import { entryHash, verifyHead } from "./log-entry.ts";
import { encodeLogPage, type LogPage, logPageName } from "./log-page.ts";
import { passTime } from "./pending-request.ts";
import { missApplication, receiveApplication } from "./receive-application.ts";
import { receiveCommitFault } from "./receive-commit-fault.ts";
import { receiveCommit, receiveProposal } from "./receive-handshake.ts";
import { contradicts } from "./receive-head.ts";
import { mayGoOnAt } from "./rejoin.ts";
import type { Position } from "./state.ts";
import type { Step } from "./step.ts";

/**
 * Processes the next entries of the log, in order. Entries that were processed before are passed over. The chain and
 * the relay's signature over its end are checked before anything is decrypted: `log-broken` where an entry is missing,
 * altered, out of place or not vouched for, `misdated` where time runs backwards, and then nothing of the page counts.
 * Neither does it where the relay has signed that another history follows: `forked`, and the conversation is frozen; nor
 * where another member was first to open the log: `overtaken`.
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
): PageOutcome {
  const fresh = entries.filter((entry) => entry.header.seq > step.state.position.seq);
  if (fresh.length === 0) return "read";
  const page = { headers: fresh.map(({ header }) => header), head };
  const positions = followChain(step, fresh, missedUpTo);
  if (isOtherOpening(step, page)) return "overtaken";
  if (typeof positions === "string") return judgeStranger(step, page) ? "forked" : positions;
  if (!isVouchedFor(step, head, positions.at(-1) as Position)) return "log-broken";
  // Time that the relay itself has not reached yet when it signed.
  const early = page.headers.find(({ acceptedAt }) => acceptedAt > head.signedAt + clockTolerance);
  if (early !== undefined) report(step, { what: "misdated", seq: early.seq });
  step.put(logPageName(page), encodeLogPage(page));
  step.update({ log: extendLog(step.state.log, page) });
  for (const [index, entry] of fresh.entries()) {
    if (step.state.phase === "left") return "read";
    if (step.state.phase === "halted") {
      if (entry.header.seq > missedUpTo) return "read";
      missEntry(step, entry);
    } else {
      receiveEntry(step, entry);
      // Halting leaves the position before the entry: nothing is passed over before there is a place to go on from.
      if ((step.state.phase as string) === "halted") return "read";
    }
    const before = step.state.position.acceptedAt;
    step.update({ position: positions[index] as Position });
    passTime(step, before);
  }
  return "read";
}

/** What has become of a page. `overtaken`: another member has opened the log that this device was about to open. */
export type PageOutcome = "read" | "log-broken" | "misdated" | "forked" | "overtaken";

/** Checks that each entry follows the one before it. Returns the position after each, or what is wrong. */
function followChain(
  step: Step,
  entries: readonly LogEntry[],
  missedUpTo: number,
): Position[] | "log-broken" | "misdated" {
  const { state, tools } = step;
  const positions: Position[] = [];
  let { position } = state;
  const [first] = entries;
  if (first !== undefined && mayGoOnAt(state, first.header.seq, missedUpTo)) {
    const { seq, previousHash } = first.header;
    position = { ...position, seq: seq - 1, hash: previousHash };
  }
  // A device that has lost its place does not know in which epoch the log is.
  let epoch = state.phase === "halted" ? undefined : state.group?.epoch;
  for (const { header, payload } of entries) {
    const follows =
      sameBytes(header.conversation, state.id) &&
      header.seq === position.seq + 1 &&
      sameBytes(header.previousHash, position.hash) &&
      header.relay === state.hub.relay &&
      (payload === undefined || sameBytes(tools.logSuite.hash.digest(payload), header.payloadHash)) &&
      // Messages of another epoch than the log's are none that a relay may accept.
      header.epoch === (epoch ?? header.epoch) &&
      (header.kind === "create"
        ? sameBytes(header.payloadHash, state.creation?.payloadHash ?? header.previousHash)
        : header.seq > 1);
    if (!follows) return "log-broken";
    if (header.acceptedAt < position.acceptedAt) return "misdated";
    if (header.kind === "commit" && epoch !== undefined) epoch += 1n;
    position = { seq: header.seq, hash: entryHash(tools.logSuite, header), acceptedAt: header.acceptedAt };
    positions.push(position);
  }
  return positions;
}

/** Whether the log begins, by the relay's word, with what another member has made of it. */
function isOtherOpening({ state, tools }: Step, { headers: [first], head }: LogPage): boolean {
  const { id, creation, continues, hub } = state;
  if (creation === undefined || continues === undefined || first?.kind !== "create") return false;
  const isOther = first.seq === 1 && !sameBytes(first.payloadHash, creation.payloadHash);
  return isOther && sameBytes(head.conversation, id) && verifyHead(tools.logSuite, hub.logKey, head);
}

function isVouchedFor({ state, tools }: Step, head: LogHead, end: Position): boolean {
  return (
    sameBytes(head.conversation, state.id) &&
    head.seq === end.seq &&
    sameBytes(head.entryHash, end.hash) &&
    verifyHead(tools.logSuite, state.hub.logKey, head)
  );
}

/** Whether a page that does not continue our log continues another one that the relay has signed: freezes then. */
function judgeStranger(step: Step, page: LogPage): boolean {
  const { state, tools } = step;
  const seq = (page.headers[0]?.seq ?? 1) - 1;
  const hash = hashBefore(tools.logSuite, seq, page);
  const isOther = hash !== undefined && contradicts(state, seq, hash);
  const isSigned =
    isOther &&
    sameBytes(page.head.conversation, state.id) &&
    verifyHead(tools.logSuite, state.hub.logKey, page.head);
  if (isSigned) freeze(step, { seq, other: page, by: undefined });
  return isSigned;
}

function receiveEntry(step: Step, entry: LogEntry): void {
  const { header } = entry;
  switch (header.kind) {
    case "create":
      openLog(step);
      return;
    case "commit":
      receiveCommit(step, entry);
      return;
    case "proposal":
      receiveProposal(step, entry);
      return;
    case "fault":
      receiveCommitFault(step, entry);
      return;
    case "application":
    case "receipt":
      receiveApplication(step, entry);
  }
}

/** The log is open. The payload is our own: nobody else reads a log from its first entry on. */
function openLog(step: Step): void {
  const { intents, members, self } = step.state;
  step.update({ creation: undefined });
  const opening = intents.find(({ type }) => type === "open");
  if (opening === undefined) return;
  step.endIntent(opening.number);
  const added = members.filter((member) => !isSameDevice(member, self));
  step.emit({ type: "members", added, removed: [] });
  step.enter("active");
}

/** Passes over an entry of an epoch that this device has no secrets of, unless it is the commit that ends this. */
function missEntry(step: Step, entry: LogEntry): void {
  const { kind, payloadHash } = entry.header;
  const { staged } = step.state;
  if (kind === "application") missApplication(step, entry);
  else if (staged !== undefined && sameBytes(staged.submission.payloadHash, payloadHash))
    receiveCommit(step, entry);
}
