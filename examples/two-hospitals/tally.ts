import { createHash } from "node:crypto";
import { heightOf } from "./ladder.ts";
import type { StoredMessage } from "./talk.ts";

/** What became of a script, counted from what the stores hold. */
export interface Tally {
  /** Messages that their sender's store holds as its own. */
  readonly sent: number;
  /** Of these, how many the other side has said, in a signed receipt, to hold, to have displayed, to acknowledge. */
  readonly delivered: number;
  readonly read: number;
  readonly acknowledged: number;
  /** Lines of the script that the other side's store does not hold. */
  readonly lost: number;
  /** Messages in the other side's store beyond one for each line of the script. */
  readonly duplicated: number;
  /** Anything else that must not be: empty where all is well. */
  readonly problems: readonly string[];
}

/** One side: what it had to say, and what its store holds after the run. */
export interface Account {
  readonly name: string;
  readonly lines: readonly string[];
  readonly messages: readonly StoredMessage[];
}

/** The SHA-256 of a text in hexadecimal, as stores are compared by. */
export function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Compares what two sides had to say with what both stores hold. */
export function tally(accounts: readonly [Account, Account]): Tally {
  const [first, second] = accounts;
  const own = accounts.flatMap(({ messages }) => messages.filter(({ isOwn }) => isOwn));
  const reached = (height: number): number => own.filter(({ status }) => heightOf(status) >= height).length;
  const [there, back] = [compare(first.lines, second), compare(second.lines, first)];
  return {
    sent: own.length,
    delivered: reached(3),
    read: reached(4),
    acknowledged: reached(5),
    lost: there.lost + back.lost,
    duplicated: there.duplicated + back.duplicated,
    problems: [...accounts.flatMap(sentProblems), ...orderProblems(first, second)],
  };
}

/** Whether a run went as it must: every line once, held, displayed, and acknowledged where that was asked for. */
export function isFlawless(counts: Tally, lines: number, critical: number): boolean {
  const { sent, delivered, read, acknowledged, lost, duplicated, problems } = counts;
  const complete = sent === lines && delivered === sent && read === sent && acknowledged === critical;
  return complete && lost === 0 && duplicated === 0 && problems.length === 0;
}

/** The line that a run ends with. */
export function lastLine({ sent, delivered, read, acknowledged, lost, duplicated }: Tally): string {
  const way = `${sent} sent, ${delivered} delivered, ${read} read, ${acknowledged} acknowledged`;
  return `two-hospitals: ${way}, ${lost} lost, ${duplicated} duplicated`;
}

/** Equal lines cannot be told apart, so each text is counted as often as it was to be said. */
function compare(lines: readonly string[], { messages }: Account): { lost: number; duplicated: number } {
  const due = new Map<string, number>();
  for (const line of lines) due.set(digestOf(line), (due.get(digestOf(line)) ?? 0) + 1);
  let duplicated = 0;
  for (const { digest } of messages.filter(({ isOwn }) => !isOwn)) {
    // What cannot be read is no second copy of anything: it shows as the line that is missing.
    if (digest === undefined) continue;
    const left = due.get(digest) ?? 0;
    if (left > 0) due.set(digest, left - 1);
    else duplicated += 1;
  }
  return { lost: [...due.values()].reduce((sum, left) => sum + left, 0), duplicated };
}

function sentProblems({ name, lines, messages }: Account): string[] {
  const said = messages.filter(({ isOwn }) => isOwn).map(({ digest }) => digest);
  const inOrder =
    said.length === lines.length && said.every((digest, turn) => digest === digestOf(lines[turn] ?? ""));
  return inOrder ? [] : [`${name} has not said each of its lines once and in order`];
}

function orderProblems(first: Account, second: Account): string[] {
  const [here, there] = [first, second].map(({ messages }) =>
    messages.filter(({ seq }) => seq !== undefined).map(({ id, seq }) => `${seq} ${id}`),
  );
  const same = here?.length === there?.length && here?.every((place, index) => place === there?.[index]);
  return same === true ? [] : ["the two stores do not hold the same messages in the same order"];
}
