import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Act } from "../../src/conversation/answer-content.ts";
import { mismatches } from "../../src/conversation/critical-value.ts";
import {
  type LoopEntry,
  type LoopLog,
  type LoopRefusal,
  type LoopState,
  type LoopVersion,
  loopOf,
} from "../../src/conversation/loop.ts";
import type { Request } from "../../src/conversation/request.ts";
import { details, salt } from "./kit.ts";

const ada = "ada@a.example";
const ben = "ben@b.example";
const cleo = "cleo@c.example";
const dora = "dora@d.example";
const potassium = { name: "potassium", value: "6.8", unit: "mmol/L" };
const idOf = (seq: number) => new Uint8Array(32).fill(seq).with(0, 1);

const request = (parts: Partial<Request> = {}): Request => ({
  mode: "acknowledge",
  of: [],
  any: false,
  values: [],
  escalation: [],
  ...parts,
});
const version = (seq: number, asks: Request | undefined, deadline?: number): LoopVersion => ({
  seq,
  id: idOf(seq),
  at: seq * 10,
  request: asks,
  deadline,
  isRecall: false,
});
const recall = (seq: number): LoopVersion => ({ ...version(seq, undefined), isRecall: true });
/** An entry at `seq`, accepted at ten times that, about the version at `of`. */
const entry = (seq: number, person: string, act: Act, of = 1): LoopEntry => ({
  seq,
  id: idOf(seq),
  at: seq * 10,
  person,
  device: "phone",
  content: { type: "answer", ...act, of: idOf(of), ofSeq: of, salt, details },
});
const log = (
  versions: LoopLog["versions"],
  entries: readonly LoopEntry[],
  now = entries.at(-1)?.at ?? 10,
): LoopLog => ({ author: ada, versions, entries, others: [ben, cleo], now });
const outcome = (...input: Parameters<typeof log>) => {
  const found = loopOf(log(...input));
  if (found === undefined) throw new Error("Something is asked.");
  return found;
};

const ack: Act = { act: "acknowledge" };
const decline: Act = { act: "decline" };
const readBack = (value: string): Act => ({ act: "read-back", values: [{ ...potassium, value }] });
const confirm = (seq: number): Act => ({ act: "confirm", answer: idOf(seq) });
const correct = (seq: number): Act => ({ act: "correct", answer: idOf(seq) });
const escalate = (step: number): Act => ({ act: "escalate", step });

const ofBen = request({ of: [ben] });
const critical = request({ mode: "read-back", of: [ben], values: [potassium] });

describe("the state", () => {
  test.each<
    [name: string, state: LoopState, asks: Request, entries: LoopEntry[], deadline?: number, now?: number]
  >([
    ["with no answer", "open", ofBen, []],
    ["with an answer", "acknowledged", ofBen, [entry(2, ben, ack)]],
    ["with an answer of somebody else", "open", ofBen, [entry(2, cleo, ack)]],
    ["of everybody, with one of two", "open", request(), [entry(2, ben, ack)]],
    ["of everybody, with both", "acknowledged", request(), [entry(2, ben, ack), entry(3, cleo, ack)]],
    ["of anybody, with one", "acknowledged", request({ any: true }), [entry(2, cleo, ack)]],
    ["of anybody, with one who declines", "open", request({ any: true }), [entry(2, cleo, decline)]],
    [
      "of anybody, where all decline",
      "declined",
      request({ any: true }),
      [entry(2, ben, decline), entry(3, cleo, decline)],
    ],
    [
      "of everybody, with one who declines",
      "declined",
      request(),
      [entry(2, ben, ack), entry(3, cleo, decline)],
    ],
    ["where somebody thinks better of it", "declined", ofBen, [entry(2, ben, ack), entry(3, ben, decline)]],
    ["where somebody comes round", "acknowledged", ofBen, [entry(2, ben, decline), entry(3, ben, ack)]],
    [
      "with the wrong kind of answer",
      "open",
      request({ mode: "accept-decline", of: [ben] }),
      [entry(2, ben, ack)],
    ],
    ["with a read-back", "acknowledged", critical, [entry(2, ben, readBack("6.8"))]],
    ["with a mismatch", "open", critical, [entry(2, ben, readBack("8.6"))]],
    ["with words instead of a read-back", "open", critical, [entry(2, ben, ack)]],
    [
      "with a confirmation",
      "confirmed",
      critical,
      [entry(2, ben, readBack("6.8")), entry(3, ada, confirm(2))],
    ],
    [
      "with a confirmed mismatch",
      "open",
      critical,
      [entry(2, ben, readBack("8.6")), entry(3, ada, confirm(2))],
    ],
    ["with a correction", "corrected", critical, [entry(2, ben, readBack("8.6")), entry(3, ada, correct(2))]],
    [
      "with a correction of what was confirmed",
      "corrected",
      critical,
      [entry(2, ben, readBack("6.8")), entry(3, ada, confirm(2)), entry(4, ada, correct(2))],
    ],
    [
      "with words after the confirmation",
      "confirmed",
      critical,
      [entry(2, ben, readBack("6.8")), entry(3, ada, confirm(2)), entry(4, ben, decline)],
    ],
    ["with an answer in time", "acknowledged", ofBen, [entry(2, ben, ack)], 20, 99],
    [
      "with an answer in time, and again",
      "acknowledged",
      ofBen,
      [entry(2, ben, ack), entry(9, ben, ack)],
      20,
      99,
    ],
    ["with no answer in time", "expired", ofBen, [], 20, 21],
    ["at the deadline", "open", ofBen, [], 20, 20],
    ["with a late answer", "expired", ofBen, [entry(3, ben, ack)], 20],
    [
      "with a late answer that was confirmed",
      "confirmed",
      ofBen,
      [entry(3, ben, ack), entry(4, ada, confirm(3))],
      20,
    ],
    [
      "with a correction in time and nothing more",
      "expired",
      critical,
      [entry(2, ben, readBack("8.6")), entry(3, ada, correct(2))],
      40,
      41,
    ],
    ["with a refusal in time", "declined", ofBen, [entry(2, ben, decline)], 20, 99],
    [
      "with something seen",
      "acknowledged",
      request({ mode: "seen", of: [ben] }),
      [entry(2, ben, { act: "seen" })],
    ],
  ])("%s is %s", (_name, state, asks, entries, deadline, now) => {
    expect(outcome([version(1, asks, deadline)], entries, now).state).toBe(state);
  });

  test("is closed where nothing more is to be waited for", () => {
    expect(outcome([version(1, ofBen)], [entry(2, ben, ack)]).isClosed).toBe(true);
    const answered = [entry(2, ben, readBack("6.8"))];
    expect(outcome([version(1, critical)], answered).isClosed).toBe(false);
    expect(outcome([version(1, critical)], [...answered, entry(3, ada, confirm(2))]).isClosed).toBe(true);
  });

  test("is none where nothing is asked", () => {
    expect(loopOf(log([version(1, undefined)], [entry(2, ben, ack)]))).toBeUndefined();
  });
});

describe("an edit", () => {
  const first = version(1, critical, 80);
  const answers = [entry(2, ben, readBack("6.8")), entry(3, ada, confirm(2))];

  test("reopens: what was answered is kept, and answers something else", () => {
    const { state, answers: kept, isClosed } = outcome([first, version(4, undefined)], answers, 50);
    expect([state, isClosed, kept.map(({ isOutdated }) => isOutdated)]).toEqual(["open", false, [true]]);
  });

  test("keeps request and deadline, or brings its own", () => {
    expect(outcome([first, version(4, undefined)], answers, 50)).toMatchObject({
      deadline: 80,
      mode: "read-back",
    });
    expect(outcome([first, version(4, undefined, 90)], answers, 50).deadline).toBe(90);
    expect(outcome([first, version(4, ofBen)], answers, 50)).toMatchObject({
      deadline: undefined,
      mode: "acknowledge",
    });
  });

  test("can be the first that asks", () => {
    expect(outcome([version(1, undefined), version(4, ofBen)], [entry(5, ben, ack, 4)]).state).toBe(
      "acknowledged",
    );
  });

  test("is answered by its own id, and an answer that crossed it is outdated", () => {
    const versions = [first, version(4, undefined)] as const;
    expect(outcome(versions, [entry(5, ben, readBack("6.8"), 1)]).answers[0]?.isOutdated).toBe(true);
    expect(outcome(versions, [entry(5, ben, readBack("6.8"), 4)]).state).toBe("acknowledged");
  });
});

describe("a recall", () => {
  const asked = version(1, request({ of: [ben], escalation: [{ after: 30, to: [cleo] }] }), 80);

  test("ends the loop, open or closed, and nothing is due any more", () => {
    for (const entries of [[], [entry(2, ben, ack)], [entry(2, ben, decline)]])
      expect(outcome([asked, recall(3)], entries, 90)).toMatchObject({
        state: "recalled",
        isClosed: false,
        next: undefined,
      });
  });

  test("stands: what comes after it changes nothing, and what was answered is kept", () => {
    const entries = [entry(2, ben, decline), entry(5, ada, escalate(0)), entry(6, ben, ack, 4)];
    const { state, fired, answers, refused } = outcome([asked, recall(3), version(4, ofBen)], entries);
    expect([state, fired, refused]).toEqual(["recalled", [], []]);
    expect(answers.map(({ act, isOutdated }) => [act, isOutdated])).toEqual([
      ["decline", false],
      ["acknowledge", true],
    ]);
  });

  test("can itself be acknowledged", () => {
    expect(outcome([asked, recall(3)], [entry(4, ben, ack, 3)])).toMatchObject({
      state: "recalled",
      refused: [],
    });
  });

  test("of what asks for nothing is no loop", () => {
    expect(loopOf(log([version(1, undefined), recall(2)], []))).toBeUndefined();
  });
});

describe("an escalation", () => {
  const plan = request({
    of: [ben],
    escalation: [
      { after: 30, to: [cleo] },
      { after: 60, to: [dora, cleo] },
    ],
  });
  const asked = version(1, plan);

  test("says which step is next and when", () => {
    expect(outcome([asked], []).next).toEqual({ step: 0, due: 40, after: 30, to: [cleo] });
    expect(outcome([asked], [entry(5, ada, escalate(0))]).next).toMatchObject({ step: 1, due: 70 });
    expect(outcome([asked], [entry(2, ben, ack)]).next).toBeUndefined();
  });

  test("happens once, whoever says so first", () => {
    const { fired } = outcome([asked], [entry(5, cleo, escalate(0)), entry(6, ada, escalate(0))]);
    expect(fired).toEqual([{ step: 0, after: 30, to: [cleo], at: 50, person: cleo, device: "phone" }]);
  });

  test("does not happen where the loop was closed before, but where it is open again", () => {
    const closed = [entry(2, ben, ack), entry(5, ada, escalate(0))];
    expect(outcome([asked], closed).fired).toEqual([]);
    expect(
      outcome([asked], [...closed, entry(6, ben, decline), entry(7, ada, escalate(0))]).fired,
    ).toHaveLength(1);
  });

  test("asks others, one of whom can answer instead; those who come later are shown with their step", () => {
    const fired = [entry(5, ada, escalate(0)), entry(7, ada, escalate(1))];
    const { state, persons } = outcome([asked], [...fired, entry(8, dora, ack)]);
    expect(state).toBe("acknowledged");
    expect(persons.map(({ person, step }) => [person, step])).toEqual([
      [ben, undefined],
      [cleo, 0],
      [dora, 1],
    ]);
    expect(outcome([asked], [entry(2, ben, decline), ...fired]).state).toBe("open");
  });

  test("goes on where an edit keeps the request, and is over where it brings another", () => {
    const fired = [entry(5, ada, escalate(0))];
    expect(outcome([asked, version(3, undefined)], fired)).toMatchObject({
      fired: [{ step: 0 }],
      state: "open",
    });
    expect(outcome([asked, version(3, ofBen)], fired).fired).toEqual([]);
  });

  test("goes on where an edit says the same plan again, although it asks for something else", () => {
    const again = version(6, { ...plan, mode: "accept-decline" });
    const { origin, fired, next, mode } = outcome([asked, again], [entry(5, ada, escalate(0))]);
    expect([origin.seq, mode, fired.length, next]).toEqual([
      1,
      "accept-decline",
      1,
      { step: 1, due: 70, after: 60, to: [dora, cleo] },
    ]);
  });

  test("begins anew where an edit brings another plan, also where steps of the old one have happened", () => {
    const other = request({ of: [ben], escalation: [{ after: 20, to: [dora] }] });
    const entries = [entry(5, ada, escalate(0)), entry(7, ada, escalate(0), 1)];
    const { origin, fired, next, persons, refused } = outcome([asked, version(6, other)], entries);
    expect([origin.seq, fired, refused, persons.map(({ person }) => person)]).toEqual([6, [], [], [ben]]);
    expect(next).toMatchObject({ step: 0, due: 80, to: [dora] });
    const happened = outcome([asked, version(6, other)], [...entries, entry(8, ada, escalate(0), 6)]);
    expect(happened.fired).toMatchObject([{ step: 0, to: [dora] }]);
  });
});

describe("refused, and told", () => {
  const plan = request({ of: [ben], escalation: [{ after: 30, to: [cleo] }] });
  test.each<[reason: LoopRefusal, name: string, asks: Request, entries: LoopEntry[]]>([
    ["own-request", "an answer of who asks", ofBen, [entry(2, ada, ack)]],
    [
      "not-the-requester",
      "a confirmation of who has answered",
      critical,
      [entry(2, ben, readBack("6.8")), entry(3, ben, confirm(2))],
    ],
    [
      "not-the-requester",
      "a correction of a third person",
      critical,
      [entry(2, ben, readBack("6.8")), entry(3, cleo, correct(2))],
    ],
    ["unknown-answer", "a confirmation of nothing", critical, [entry(2, ada, confirm(9))]],
    [
      "unknown-answer",
      "a confirmation before the answer",
      critical,
      [entry(2, ada, confirm(3)), entry(3, ben, readBack("6.8"))],
    ],
    [
      "not-good",
      "a confirmation of a mismatch",
      critical,
      [entry(2, ben, readBack("8.6")), entry(3, ada, confirm(2))],
    ],
    [
      "not-good",
      "a confirmation of a refusal",
      critical,
      [entry(2, ben, decline), entry(3, ada, confirm(2))],
    ],
    [
      "not-good",
      "a confirmation of another kind of answer",
      critical,
      [entry(2, ben, ack), entry(3, ada, confirm(2))],
    ],
    ["unknown-step", "a step that is not in the plan", plan, [entry(9, ada, escalate(1))]],
    ["too-early", "a step before its time", plan, [entry(3, ada, escalate(0))]],
    ["unknown-message", "an answer to something else", ofBen, [entry(2, ben, ack, 7)]],
  ])("%s: %s", (reason, _name, asks, entries) => {
    const { refused, fired } = outcome([version(1, asks)], entries);
    expect(refused.map((item) => item.reason)).toEqual([reason]);
    expect(fired).toEqual([]);
  });

  test("not what only came too late in a race", () => {
    const entries = [entry(2, ben, ack), entry(5, cleo, escalate(0)), entry(6, ada, confirm(2))];
    expect(outcome([version(1, plan), version(4, ofBen)], entries).refused).toEqual([]);
  });
});

describe("values", () => {
  test.each<[name: string, answered: { name: string; value: string; unit: string }[], count: number]>([
    ["the same", [potassium], 0],
    ["white space at the ends", [{ name: " potassium\n", value: "6.8\t", unit: " mmol/L" }], 0],
    ["a decimal more", [{ ...potassium, value: "6.80" }], 1],
    ["a comma", [{ ...potassium, value: "6,8" }], 1],
    ["another unit", [{ ...potassium, unit: "mEq/L" }], 1],
    ["another case", [{ ...potassium, unit: "mmol/l" }], 1],
    ["nothing", [], 1],
    ["one more", [potassium, { name: "sodium", value: "140", unit: "mmol/L" }], 1],
    ["another name", [{ ...potassium, name: "sodium" }], 2],
  ])("%s", (_name, answered, count) => {
    expect(mismatches([potassium], answered)).toHaveLength(count);
  });

  test("are compared in Unicode NFC", () => {
    const composed = { name: "Ödem", value: "Å", unit: "" };
    expect(mismatches([composed], [{ name: "O\u0308dem", value: "\u212B", unit: "" }])).toEqual([]);
  });
});

describe("whatever is said", () => {
  const persons = fc.constantFrom(ada, ben, cleo, dora);
  const acts: fc.Arbitrary<Act> = fc.oneof(
    fc.constantFrom<Act>(ack, decline, { act: "seen" }, { act: "accept" }, readBack("6.8"), readBack("8.6")),
    fc.integer({ min: 2, max: 20 }).map(confirm),
    fc.integer({ min: 2, max: 20 }).map(correct),
    fc.integer({ min: 0, max: 3 }).map(escalate),
  );
  const asks = fc.constantFrom(
    ofBen,
    critical,
    request(),
    request({ any: true, mode: "accept-decline" }),
    request({ of: [ben, cleo], mode: "seen", escalation: [{ after: 30, to: [dora] }] }),
    {
      ...critical,
      escalation: [
        { after: 30, to: [cleo] },
        { after: 90, to: [dora] },
      ],
    },
  );
  const logs = fc
    .record({
      first: asks,
      edit: fc.option(
        fc.record({
          at: fc.integer({ min: 2, max: 20 }),
          asks: fc.option(asks, { nil: undefined }),
          isRecall: fc.boolean(),
        }),
      ),
      deadline: fc.option(fc.integer({ min: 11, max: 250 }), { nil: undefined }),
      said: fc.array(fc.tuple(persons, acts, fc.boolean()), { maxLength: 20 }),
      extra: fc.nat(50),
    })
    .map(({ first, edit, deadline, said, extra }): LoopLog => {
      const versions: [LoopVersion, ...LoopVersion[]] = [version(1, first, deadline)];
      if (edit !== null) versions.push(edit.isRecall ? recall(edit.at) : version(edit.at, edit.asks));
      const entries = said.flatMap(([person, act, isEdit], i) => {
        const seq = i + 2;
        const of = isEdit && edit !== null && edit.at < seq ? edit.at : 1;
        return seq === edit?.at ? [] : [entry(seq, person, act, of)];
      });
      return log(versions, entries, (entries.at(-1)?.at ?? 10) + extra);
    });

  test("the state is one of seven, and closed only by a good answer or a confirmed one", () => {
    fc.assert(
      fc.property(logs, (input) => {
        const { state, isClosed, answers, mode, fired, persons } = loopOf(input) as NonNullable<
          ReturnType<typeof loopOf>
        >;
        expect([
          "open",
          "acknowledged",
          "confirmed",
          "corrected",
          "declined",
          "expired",
          "recalled",
        ]).toContain(state);
        expect(state === "recalled").toBe(input.versions.some(({ isRecall }) => isRecall));
        const current = answers.filter(({ isOutdated }) => !isOutdated);
        if (isClosed) expect(current.some(({ isGood }) => isGood)).toBe(true);
        if (isClosed && mode === "read-back")
          expect(current.some(({ verdict }) => verdict?.act === "confirm")).toBe(true);
        for (const { isGood, mismatches: wrong, verdict } of answers) {
          if (wrong.length > 0) expect(isGood).toBe(false);
          if (verdict?.act === "confirm") expect(isGood).toBe(true);
        }
        expect(new Set(fired.map(({ step }) => step)).size).toBe(fired.length);
        expect(new Set(persons.map(({ person }) => person)).size).toBe(persons.length);
      }),
      { numRuns: 2_000 },
    );
  });

  test("what is refused or comes too late changes nothing but the list of it", () => {
    fc.assert(
      fc.property(logs, (input) => {
        const all = loopOf(input);
        const refused = new Set(all?.refused.map(({ seq }) => seq));
        const without = loopOf({ ...input, entries: input.entries.filter(({ seq }) => !refused.has(seq)) });
        expect({ ...without, refused: [] }).toEqual({ ...all, refused: [] });
      }),
    );
  });

  test("a state that has expired is left only by who asked, by an edit, or by somebody who declines", () => {
    fc.assert(
      fc.property(logs, (input) => {
        for (let count = 0; count < input.entries.length; count++) {
          const next = input.entries[count] as LoopEntry;
          const edits = input.versions.filter(({ seq }) => seq < next.seq) as [LoopVersion, ...LoopVersion[]];
          const before = loopOf({
            ...input,
            versions: edits,
            entries: input.entries.slice(0, count),
            now: next.at,
          });
          if (before?.state !== "expired") continue;
          const after = loopOf({
            ...input,
            versions: edits,
            entries: input.entries.slice(0, count + 1),
            now: next.at,
          });
          const isSame = after?.state === "expired" || next.person === ada || next.content.act === "decline";
          expect(isSame || next.content.act === "escalate").toBe(true);
        }
      }),
    );
  });
});
