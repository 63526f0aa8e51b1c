import { describe, expect, test } from "vitest";
import type { Content } from "../../src/conversation/content.ts";
import { seenHead } from "../../src/conversation/content-details.ts";
import { judgeContent } from "../../src/conversation/judge-content.ts";
import { emptyLog, extendLog } from "../../src/conversation/known-log.ts";
import { goneAt } from "../../src/conversation/members.ts";
import { noPlaces } from "../../src/conversation/message-places.ts";
import type { MessageRecord } from "../../src/conversation/message-record.ts";
import { verifySeen } from "../../src/conversation/receive-head.ts";
import type { ConversationState, Member } from "../../src/conversation/state.ts";
import { Step, type StepTools } from "../../src/conversation/step.ts";
import type { LogHead } from "../../src/wire/entry.ts";
import { details, room } from "./kit.ts";
import { at, headOf, keys, others, ours, pageOf, start, suite } from "./signed-log.ts";

const there = { until: undefined, counted: 0 };
const ada: Member = { person: "ada@mercy.example", device: "phone", leaf: 0, since: 2, ...there };
const ben: Member = { person: "ben@stlukes.example", device: "desk", leaf: 1, since: 1, ...there };
const by = { person: ada.person, device: ada.device };

/** Ben's state, who has read the log of 20 entries; only the last `known` hashes are at hand. */
function stepWith(known = 20): Step {
  const state = {
    id: room,
    self: ben,
    phase: "active",
    hub: { relay: "relay.example", logKey: keys.publicKey },
    members: [ada, ben],
    log: extendLog(emptyLog, pageOf(ours.slice(-known))),
    fork: undefined,
    unverified: [],
    counters: new Map(),
    pruned: { inEpoch: 0, last: 0 },
    intents: [],
    staged: undefined,
    places: noPlaces,
    position: { seq: 20, hash: new Uint8Array(32), acceptedAt: start },
  } as unknown as ConversationState;
  return new Step(state, { logSuite: suite, now: start } as StepTools);
}

/** Judges a text of Ada's at entry 20. */
function judge(step: Step, head: LogHead, more: Partial<typeof details> = {}, place = 20): boolean {
  const content = {
    details: { ...details, deviceCounter: 1, givenUp: [], sentAt: start, seen: seenHead(head), ...more },
  };
  const record = { seq: place, id: new Uint8Array(32), author: by, acceptedAt: start } as MessageRecord;
  return judgeContent(step, record, ada, {
    type: "text",
    text: "",
    salt: new Uint8Array(16),
    ...content,
  } as Content).holds;
}

const reported = ({ events }: Step) =>
  events.flatMap((event) => (event.type === "integrity" ? [event.what] : []));

describe("what an author claims to have read", () => {
  test("holds where it is our own log", () => {
    const step = stepWith();
    expect(judge(step, headOf(at(ours, 19)))).toBe(true);
    expect([reported(step), step.state.phase]).toEqual([[], "active"]);
  });

  test.each<[name: string, seq: number]>([
    ["at a place of ours", 17],
    ["at the message's own place", 20],
    ["beyond the end of ours", 30],
  ])("shows a fork where the relay has signed another log: %s", (_name, seq) => {
    const step = stepWith();
    expect(judge(step, headOf(at(others, seq)))).toBe(true);
    expect([reported(step), step.state.phase]).toEqual([["forked"], "frozen"]);
    expect(step.state.fork).toMatchObject({ seq, by, at: start });
    judge(step, headOf(at(others, 16)), { deviceCounter: 2 });
    expect(step.state.fork?.seq).toBe(seq);
  });

  test.each<[name: string, head: LogHead]>([
    ["another log without the relay's word", { ...headOf(at(others, 17)), signature: new Uint8Array(70) }],
    ["what comes after it", { ...headOf(at(ours, 20)), seq: 25 }],
    ["its own entry by a made-up hash", { ...headOf(at(ours, 20)), entryHash: new Uint8Array(32) }],
  ])("is the author's fault where it is %s", (_name, head) => {
    const step = stepWith();
    expect(judge(step, head)).toBe(false);
    expect([reported(step), step.state.phase]).toEqual([["false-claim"], "active"]);
    expect(step.events).toMatchObject([{ by, seq: 20 }]);
  });

  test("is compared with the stored log where it is too old to be at hand", () => {
    for (const [log, expected] of [
      [ours, []],
      [others, ["forked"]],
    ] as const) {
      const step = stepWith(3);
      expect(judge(step, headOf(at(log, 16)))).toBe(true);
      expect(reported(step)).toEqual([]);
      const [unverified] = step.state.unverified;
      if (unverified === undefined) throw new Error("It was not kept.");
      verifySeen(step, unverified, pageOf(ours.slice(9, 18)));
      expect([reported(step), step.state.unverified]).toEqual([expected, []]);
    }
    // What was there before this device was is nothing that it could compare.
    const step = stepWith(3);
    step.update({ members: [ada, { ...ben, since: 5 }] });
    judge(step, headOf(at(others, 4)));
    expect(step.state.unverified).toEqual([]);
  });
});

describe("times", () => {
  test("of acceptance before what was read was signed are the relay's fault, if it was signed", () => {
    const step = stepWith();
    judge(step, headOf(at(ours, 19), start + 120_001));
    expect(reported(step)).toEqual(["misdated"]);
    const other = stepWith();
    judge(other, { ...headOf(at(ours, 19)), signedAt: start + 120_001 });
    expect(reported(other)).toEqual(["false-claim"]);
    const within = stepWith();
    judge(within, headOf(at(ours, 19), start + 120_000));
    expect(reported(within)).toEqual([]);
  });

  test("of writing count only where the author had just heard of the relay", () => {
    for (const [signedAt, sentAt, expected] of [
      [start, start - 120_001, ["clock-off"]],
      [start, start + 120_001, ["clock-off"]],
      [start, start - 120_000, []],
      [start - 120_001, start - 3_600_000, []],
    ] as const) {
      const step = stepWith();
      judge(step, headOf(at(ours, 19), signedAt), { sentAt });
      expect(reported(step)).toEqual(expected);
    }
  });
});

describe("the count of a device", () => {
  const head = headOf(at(ours, 19));
  const say = (step: Step, deviceCounter: number, givenUp: number[] = []) =>
    judge(step, head, { deviceCounter, givenUp });

  test("tells what is missing, what has come late, and what is said twice", () => {
    const step = stepWith();
    for (const count of [1, 2, 5, 4, 6]) say(step, count);
    expect(step.events).toMatchObject([{ what: "missing", counters: [3, 4] }]);
    say(step, 3);
    expect(reported(step)).toEqual(["missing", "recovered"]);
    say(step, 6);
    expect(reported(step)).toEqual(["missing", "recovered", "false-claim"]);
  });

  test("goes on from what it was before the device took its own place again", () => {
    const step = stepWith();
    for (const count of [1, 2, 3]) say(step, count);
    const { since } = ada;
    step.update({ members: [{ ...ada, until: since + 5 }, { ...ada, since: since + 5 }, ben] });
    const inNewPlace = (deviceCounter: number) => {
      const said = { ...details, seen: seenHead(head), deviceCounter, givenUp: [], sentAt: start };
      const content = { type: "text", details: said } as unknown as Content;
      const record = { seq: 20, id: new Uint8Array(32), author: by, acceptedAt: start } as MessageRecord;
      return judgeContent(step, record, { ...ada, since: since + 5 }, content).isRepeated;
    };
    // The second one again, then what is new: the third was said, the fifth was not.
    expect([2, 4, 6].map(inNewPlace)).toEqual([true, false, false]);
    expect(step.events).toMatchObject([{ what: "missing", counters: [5] }]);
  });

  test("is remembered where somebody else has had the device's leaf since", () => {
    const step = stepWith();
    for (const count of [1, 2, 3]) say(step, count);
    const gone = goneAt(step.state, ada, 21);
    const saysAt = (author: Member) => (deviceCounter: number) => {
      const said = { ...details, seen: seenHead(head), deviceCounter, givenUp: [], sentAt: start };
      const content = { type: "text", details: said } as unknown as Content;
      const record = {
        seq: 20,
        id: new Uint8Array(32),
        author,
        acceptedAt: start,
      } as unknown as MessageRecord;
      return judgeContent(step, record, author, content).isRepeated;
    };
    const cyd = { ...ada, person: "cyd@mercy.example", since: 22 };
    step.update({ members: [gone, cyd, ben] });
    saysAt(cyd)(1);
    const again = { ...ada, leaf: 4, since: 24 };
    step.update({ members: [gone, cyd, ben, again] });
    // It was put back, and says again what it said in its first place.
    expect([2, 3, 4].map(saysAt(again))).toEqual([true, true, false]);
  });

  test("passes over what its author has given up, before or after", () => {
    const step = stepWith();
    say(step, 1);
    say(step, 4, [2, 3]);
    expect(reported(step)).toEqual([]);
    say(step, 6);
    say(step, 7, [5]);
    expect(reported(step)).toEqual(["missing", "recovered"]);
  });

  test("passes over as many as this version could not count", () => {
    const step = stepWith();
    say(step, 1);
    const record = { seq: 20, id: new Uint8Array(32), author: by, acceptedAt: start } as MessageRecord;
    const unknown: Content = { type: "unknown", mediaType: "application/x", bytes: new Uint8Array() };
    judgeContent(step, record, ada, unknown);
    say(step, 3);
    expect(reported(step)).toEqual([]);
    say(step, 5);
    expect(reported(step)).toEqual(["missing"]);
  });

  test("begins where this device begins to read, and remembers a bounded number", () => {
    const step = stepWith();
    const record = { seq: 20, id: new Uint8Array(32), author: by, acceptedAt: start } as MessageRecord;
    const text = { ...details, seen: seenHead(head), deviceCounter: 41, givenUp: [], sentAt: start };
    const content = { type: "text", details: text } as unknown as Content;
    // There when this device came: anything may have been said before.
    judgeContent(step, record, { ...ada, since: 1 }, content);
    // In its own place again by one commit: it goes on counting.
    const again = stepWith();
    again.update({ members: [{ ...ada, until: 9 }, ben] });
    judgeContent(again, record, { ...ada, since: 9 }, content);
    // Removed, and added again later: it begins anew.
    const anew = stepWith();
    anew.update({ members: [{ ...ada, until: 8 }, ben] });
    judgeContent(anew, record, { ...ada, since: 9 }, content);
    expect([step, again, anew].map(reported)).toEqual([[], [], ["missing"]]);
    const other = stepWith();
    say(other, Number.MAX_SAFE_INTEGER);
    expect(other.state.counters.get(0)?.missing).toHaveLength(256);
  });
});
