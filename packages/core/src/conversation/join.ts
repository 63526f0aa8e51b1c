import { sameBytes } from "../codec/bytes.ts";
import type { CipherSuite } from "../crypto/suite.ts";
import { ReadbackError } from "../error.ts";
import { joinGroup } from "../mls/join-group.ts";
import type { KeyPackageBundle } from "../mls/key-package-bundle.ts";
import type { EntryHeader, LogEntry, LogHead } from "../wire/entry.ts";
import { checkContinued, keepContinued } from "./continue.ts";
import { keepEpoch } from "./epoch-record.ts";
import { hubOf, subjectOf } from "./group-data.ts";
import { credentialRules } from "./handshake-rules.ts";
import type { DeviceName } from "./identity.ts";
import { emptyLog, extendLog } from "./known-log.ts";
import { leafUpdateAfterJoin } from "./leaf-update.ts";
import { entryHash, verifyHead } from "./log-entry.ts";
import { encodeLogPage, logPageName } from "./log-page.ts";
import { goneAt, membersOf } from "./members.ts";
import { noPlaces } from "./message-places.ts";
import { emptyReceiptState } from "./receipt-state.ts";
import { checkVouched } from "./rejoin.ts";
import type { ConversationState } from "./state.ts";
import { Step, type StepTools } from "./step.ts";

/** What a joiner has in hand. */
export interface Joining {
  readonly self: DeviceName;
  /** The conversation that the relay says the Welcome is for. */
  readonly conversation: Uint8Array;
  readonly welcome: Uint8Array;
  /** The key package that the Welcome was made for, with its private keys, and its suite. */
  readonly bundle: KeyPackageBundle;
  readonly suite: CipherSuite;
  /** The entry that this device is a member since, and the relay's word for it. */
  readonly entry: LogEntry;
  readonly head: LogHead;
  /** What an earlier membership has left, or `undefined`. */
  readonly before: ConversationState | undefined;
  /** The conversation of this id that this device is a member of. */
  conversationOf(id: Uint8Array): ConversationState | undefined;
}

/**
 * Joins a conversation. The Welcome says who vouches for the log, so the entry is checked against what the members
 * agreed on and not against what the relay says of itself. Throws `log-broken`, `malformed` or an `mls-…` code.
 */
export function joinConversation(joining: Joining, tools: StepTools): Step {
  const { self, conversation, entry, head } = joining;
  const { header } = entry;
  const { suite, bundle } = joining;
  let old: ConversationState | undefined;
  const { group, groupInfo } = joinGroup({
    suite,
    welcome: joining.welcome,
    bundle,
    // Lifetimes of leaves that are in the tree already are not judged again (RFC 9420 §7.3).
    credentials: credentialRules(tools.authority),
    predecessor: (groupId) => {
      old = joining.conversationOf(groupId);
      return old?.group;
    },
  });
  const continues = checkContinued(group, old, tools) ?? joining.before?.continues;
  const hub = hubOf(group.context.extensions);
  const hash = entryHash(tools.logSuite, header);
  const holds =
    sameBytes(group.context.groupId, conversation) &&
    sameBytes(header.conversation, conversation) &&
    sameBytes(head.conversation, conversation) &&
    beginsWith(header, group.epoch) &&
    header.relay === hub.relay &&
    head.seq === header.seq &&
    sameBytes(head.entryHash, hash) &&
    verifyHead(tools.logSuite, hub.logKey, head);
  if (!holds)
    throw new ReadbackError("log-broken", "A Welcome does not fit the log entry that it came with.");
  const { before } = joining;
  // Whoever is a member still, as far as it could read, has something to compare a group with.
  if (before?.group !== undefined) checkVouched(before, before.group, group, groupInfo.signer);
  const members = membersOf(tools.authority, group, header.seq);
  const page = { headers: [header], head };
  const former =
    before?.members.map((m) => (m.until === undefined ? goneAt(before, m, header.seq) : m)) ?? [];
  const state: ConversationState = {
    id: conversation,
    self,
    phase: "active",
    subject: subjectOf(groupInfo.extensions),
    hub,
    group,
    position: { seq: header.seq, hash, acceptedAt: header.acceptedAt },
    log: extendLog(emptyLog, page),
    fork: undefined,
    continues,
    unverified: [],
    // Only what was counted before: whoever was there too has a new span now, and counts anew.
    counters: before?.counters ?? new Map(),
    members: [...former, ...members],
    receipts: before?.receipts ?? emptyReceiptState,
    requests: before?.requests ?? [],
    gaps: before?.gaps ?? [],
    repairs: before?.repairs ?? [],
    reported: { stored: 0, displayed: 0 },
    due: { stored: 0, displayed: 0 },
    places: before?.places ?? noPlaces,
    outgoing: [],
    intents: [],
    staged: undefined,
    creation: undefined,
    nextNumber: before?.nextNumber ?? 1,
    deviceCounter: 0,
    givenUp: [],
    leafUpdate: leafUpdateAfterJoin(group, header.acceptedAt, bundle.isLastResort, tools.random),
    pruned: { inEpoch: 0, last: 0 },
    keptFrom: 0,
  };
  const step = new Step(state, tools, true);
  step.put(logPageName(page), encodeLogPage(page));
  if (continues !== undefined) keepContinued(step, continues);
  keepEpoch(step, undefined, group);
  step.emit({ type: "members", added: members, removed: [] });
  return step;
}

/** Whether a group is in this epoch after an entry: the commit before it, or what opened the log with everybody in it. */
function beginsWith({ kind, seq, epoch }: EntryHeader, after: bigint): boolean {
  if (kind === "create") return seq === 1 && epoch === 1n && after === 1n;
  return kind === "commit" && epoch + 1n === after;
}
