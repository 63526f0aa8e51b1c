import { decodeContent, encodeContent, type KnownContent } from "../../src/conversation/content.ts";
import { contentContext } from "../../src/conversation/content-context.ts";
import { unsafeDevelopmentAuthority } from "../../src/conversation/identity.ts";
import { emptyLog } from "../../src/conversation/known-log.ts";
import { paddedLength } from "../../src/conversation/padding.ts";
import { applyReport, emptyReceiptState } from "../../src/conversation/receipt-state.ts";
import {
  markDisplayed,
  receiptInterval,
  receiptsDue,
  receiptWait,
  reportReceipts,
} from "../../src/conversation/report.ts";
import type { ConversationState, Member } from "../../src/conversation/state.ts";
import { Step, type StepTools } from "../../src/conversation/step.ts";
import { defaultCryptoProvider } from "../../src/crypto/default-provider.ts";
import type { CipherSuite } from "../../src/crypto/suite.ts";
import { protectMessage } from "../../src/mls/application-message.ts";
import { createGroup } from "../../src/mls/create-group.ts";
import type { Group } from "../../src/mls/group-state.ts";
import { manualClock } from "../../src/testing/manual-clock.ts";
import { seededRandom } from "../../src/testing/seeded-random.ts";

/** A day in one conversation. */
export interface Day {
  readonly persons: number;
  readonly devices: number;
  readonly messages: number;
  /** Of how many messages, one asks whether it was seen; 0 for none. */
  readonly askedEvery: number;
  /** How often a person looks at the screen. */
  readonly looks: number;
}

/** What receipts have cost: entries of the log, and bytes for all devices together, up once and down to everybody else. */
export interface Traffic {
  readonly entries: number;
  readonly bytes: number;
}

const day = 12 * 3_600_000;
const words = { type: "text", text: "x", salt: new Uint8Array(16) } as const;

/**
 * Plays a day with the rules that devices really follow (`report.ts`), on a clock that is moved by hand: when messages
 * come, when people look, and on which of their devices, is drawn from a seed. What is said is encoded and encrypted for
 * its size. Set beside it: every device says of every message that it is stored, and one per person that it was displayed.
 */
export function receiptTraffic(what: Day): { readonly ours: Traffic; readonly naive: Traffic } {
  const { persons, devices, messages, askedEvery, looks } = what;
  const random = seededRandom(`day ${JSON.stringify(what)}`);
  const draw = (below: number): number => {
    const [a = 0, b = 0, c = 0, d = 0] = random(4);
    return Math.floor(((((a << 24) >>> 0) + (b << 16) + (c << 8) + d) / 2 ** 32) * below);
  };
  const clock = manualClock(0);
  const suite = defaultCryptoProvider().suite(2) as CipherSuite;
  const authority = unsafeDevelopmentAuthority();
  const tools = (): StepTools => ({
    logSuite: suite,
    authority,
    credential: { type: "basic", identity: new Uint8Array(20) },
    random,
    now: clock.now(),
    relayNow: clock.now(),
    services: new Map(),
  });
  const members = Array.from({ length: persons * devices }, (_, leaf): Member => {
    const person = `person-${Math.floor(leaf / devices)}@ward.example`;
    return { person, device: `device-${leaf % devices}`, leaf, since: 1, until: undefined, counted: 0 };
  });
  const group = groupOfOne(suite, random);
  const sizeOf = (content: Uint8Array): number =>
    protectMessage(group, content, { random, paddedLength: paddedLength(content.length) }).message.length;

  const head = {
    conversation: new Uint8Array(32),
    seq: 1,
    entryHash: new Uint8Array(32),
    signedAt: 0,
    signature: new Uint8Array(71),
  };
  let seq = 1;
  let entries = 0;
  let bytes = 0;
  const states = members.map((self) => stateOf(self, members, { ...emptyLog, head }));
  const pauses = new Set<number>();
  const waits = new Set<number>();

  const pump = (index: number, hasWaited = false): void => {
    const state = states[index] as ConversationState;
    const due = receiptsDue(state);
    if (due === undefined || pauses.has(index)) return;
    const wait = receiptWait(state);
    if (due === "soon" && wait > 0 && !hasWaited) {
      if (waits.has(index)) return;
      waits.add(index);
      clock.wake(clock.now() + wait, () => {
        waits.delete(index);
        pump(index, true);
      });
      return;
    }
    pauses.add(index);
    clock.wake(clock.now() + receiptInterval(state), () => {
      pauses.delete(index);
      pump(index);
    });
    change(index, reportReceipts);
  };
  /** One step of a device; what it queues takes its place in the log at once. */
  const change = (index: number, compute: (step: Step) => void): void => {
    const step = new Step(states[index] as ConversationState, tools());
    compute(step);
    const said = step.state.outgoing;
    states[index] = { ...step.state, outgoing: [] };
    for (const { content } of said) append(index, content);
  };
  const append = (index: number, framed: Uint8Array): void => {
    seq += 1;
    const content = decodeContent(framed) as KnownContent;
    const author = members[index] as Member;
    if (content.type !== "text") {
      entries += 1;
      bytes += sizeOf(framed) * members.length;
    }
    states.forEach((state, other) => {
      states[other] = {
        ...received(state, author, content, seq, clock.now()),
        log: { ...emptyLog, head: { ...head, seq } },
      };
      if (other !== index) pump(other);
    });
  };

  for (let i = 0; i < messages; i++) {
    const asks = askedEvery > 0 && i % askedEvery === 0;
    clock.wake(draw(day), () => {
      const index = draw(members.length);
      const state = states[index] as ConversationState;
      const request = { mode: "seen", of: [], any: false, values: [], escalation: [] } as const;
      const details = {
        seen: { seq: 1, hash: head.entryHash, signedAt: 0, signature: head.signature },
        deviceCounter: 1,
        sentAt: 0,
        intent: "action",
        givenUp: [],
      } as const;
      append(
        index,
        encodeContent({ ...words, details, ...(asks ? { request } : {}) }, contentContext(state, state.self)),
      );
    });
  }
  for (let person = 0; person < persons; person++) {
    for (let look = 0; look < looks; look++) {
      clock.wake(draw(day), () => {
        const index = person * devices + draw(devices);
        change(index, (step) => markDisplayed(step, seq));
        pump(index);
      });
    }
  }
  clock.runAll(10_000_000);

  const receipt = {
    type: "receipt",
    level: "stored",
    upTo: 1,
    seen: { seq: 1, hash: head.entryHash, signedAt: 0, signature: head.signature },
    exceptions: [],
  } as const;
  const state = states[0] as ConversationState;
  const size = sizeOf(encodeContent(receipt, contentContext(state, state.self)));
  const naive = messages * (persons - 1) * (devices + 1);
  return { ours: { entries, bytes }, naive: { entries: naive, bytes: naive * size * members.length } };
}

/** What an entry changes for a device that reads it. */
function received(
  state: ConversationState,
  author: Member,
  content: KnownContent,
  seq: number,
  at: number,
): ConversationState {
  const position = { ...state.position, seq, acceptedAt: at };
  const isOurs = author.person === state.self.person;
  if (content.type === "receipt") {
    const { level, upTo, exceptions } = content;
    const report = { device: author, since: author.since, level, upTo, exceptions, head: seq - 1, at };
    const outcome = applyReport(state.receipts, report);
    return { ...state, position, receipts: outcome.type === "raised" ? outcome.state : state.receipts };
  }
  if (content.type === "answer") {
    const requests = isOurs
      ? state.requests.filter((request) => request.seq !== content.ofSeq)
      : state.requests;
    return { ...state, position, requests };
  }
  if (content.type !== "text" || isOurs) return { ...state, position };
  const watched = {
    seq,
    id: new Uint8Array(32).with(0, 1),
    first: new Uint8Array(32).with(0, 1),
    author: author.person,
    at,
    deadline: undefined,
    due: [],
    owesSeen: true,
  };
  const requests = content.request === undefined ? state.requests : [...state.requests, watched];
  return { ...state, position, requests, due: { ...state.due, stored: seq } };
}

function stateOf(self: Member, members: readonly Member[], log: ConversationState["log"]): ConversationState {
  return {
    id: new Uint8Array(32),
    self,
    phase: "active",
    hub: { relay: "relay.example", logKey: new Uint8Array(65) },
    members,
    log,
    receipts: emptyReceiptState,
    position: { seq: 1, hash: new Uint8Array(32), acceptedAt: 0 },
    reported: { stored: 0, displayed: 0 },
    due: { stored: 0, displayed: 0 },
    requests: [],
    gaps: [],
    repairs: [],
    outgoing: [],
    intents: [],
    nextNumber: 1,
    deviceCounter: 0,
    givenUp: [],
    pruned: { inEpoch: 0, last: 0 },
  } as unknown as ConversationState;
}

function groupOfOne(suite: CipherSuite, random: (length: number) => Uint8Array): Group {
  const signatureKeyPair = suite.signature.deriveKeyPair(random(suite.signature.seedSize));
  return createGroup({
    suite,
    groupId: new Uint8Array(32),
    credential: { type: "basic", identity: new Uint8Array(20) },
    signatureKeyPair,
    extensions: [],
    random,
    lifetime: { notBefore: 0n, notAfter: 2_000_000_000n },
  });
}
