import type { FiredStep, LoopAnswer, LoopPerson, LoopState } from "./loop.ts";

/** Who is asked and what they have said to the version of now. */
export interface Standing {
  readonly of: readonly string[];
  readonly any: boolean;
  readonly fired: readonly FiredStep[];
  /** In the order of the log. */
  readonly answers: readonly LoopAnswer[];
  /** Whether the deadline has passed. */
  readonly isPast: boolean;
}

type PersonState = LoopPerson["state"];

/** What makes a whole of the states of several, strongest first: the first one whose rule holds counts. */
const someOf: readonly [PersonState, (states: readonly PersonState[]) => boolean][] = [
  ["confirmed", (states) => states.includes("confirmed")],
  ["acknowledged", (states) => states.includes("acknowledged")],
  ["corrected", (states) => states.includes("corrected")],
  ["declined", (states) => states.length > 0 && states.every((state) => state === "declined")],
];

/** Where a request stands with everybody and, of that, where it stands as a whole. */
export function stateOf({ of, any, fired, answers, isPast }: Standing): {
  state: LoopState;
  persons: LoopPerson[];
} {
  const persons = new Map<string, LoopPerson>();
  const add = (person: string, step: number | undefined): void => {
    if (!persons.has(person)) persons.set(person, personOf(person, step, answers));
  };
  for (const person of of) add(person, undefined);
  for (const { step, to } of fired) for (const person of to) add(person, step);
  const asked = (list: readonly string[]): PersonState[] =>
    list.map((person) => inTime(persons.get(person) as LoopPerson, answers));
  // Whoever a step has asked can answer instead of those before.
  const groups = [
    any ? someState(asked(of)) : everyState(asked(of)),
    ...fired.map(({ to }) => someState(asked(to))),
  ];
  const state = someState(groups);
  // Those who were not asked are shown, and change nothing.
  for (const { person } of answers) add(person, undefined);
  const isMissed = isPast && (state === "open" || state === "corrected");
  return { state: isMissed ? "expired" : state, persons: [...persons.values()] };
}

function someState(states: readonly PersonState[]): PersonState {
  return someOf.find(([, holds]) => holds(states))?.[0] ?? "open";
}

function everyState(states: readonly PersonState[]): PersonState {
  for (const bad of ["declined", "corrected", "open"] as const) if (states.includes(bad)) return bad;
  if (states.length === 0) return "open";
  return states.includes("acknowledged") ? "acknowledged" : "confirmed";
}

function personOf(person: string, step: number | undefined, answers: readonly LoopAnswer[]): LoopPerson {
  const own = answers.filter((answer) => answer.person === person);
  const answer = own.findLast(({ act }) => act !== "seen") ?? own.at(-1);
  // What was confirmed stays so, whatever its author says after it.
  const confirmed = own.findLast(({ verdict }) => verdict?.act === "confirm");
  if (confirmed !== undefined) return { person, state: "confirmed", answer: confirmed, step };
  return { person, state: stateAfter(answer), answer, step };
}

function stateAfter(answer: LoopAnswer | undefined): PersonState {
  if (answer?.verdict?.act === "correct") return "corrected";
  if (answer?.act === "decline") return "declined";
  return answer?.isGood === true ? "acknowledged" : "open";
}

/** A person's state as far as it came in time: a late answer closes nothing unless who asked confirms it. */
function inTime({ person, state }: LoopPerson, answers: readonly LoopAnswer[]): PersonState {
  if (state !== "acknowledged") return state;
  // Saying it again, late, takes nothing back: the first of the good answers in a row is the one that counts.
  let first: LoopAnswer | undefined;
  for (const answer of answers) {
    if (answer.person !== person) continue;
    const isGood = answer.isGood && answer.verdict?.act !== "correct";
    if (isGood) first ??= answer;
    else if (answer.act !== "seen") first = undefined;
  }
  return first?.isLate === true ? "open" : "acknowledged";
}
