import { alterations } from "./alterations.ts";
import { type ForgingName, forgings } from "./forgings.ts";
import type { Lie } from "./lie.ts";
import { untrueAnswers } from "./untrue-answers.ts";
import { withholding } from "./withholding.ts";

/** Every lie that passes: once it is over, everything has to be as if it had never been told. */
export const passingLies = { ...withholding, ...untrueAnswers, ...alterations };

/** What a passing lie is called in a plan. */
export type PassingName = keyof typeof passingLies;

/** What a lie is called in a plan. Those that begin with `forge-` are told for ever, and signed. */
export type LieName = `lie-${PassingName}` | `forge-${ForgingName}`;

const entries: readonly (readonly [LieName, number])[] = [
  ...Object.entries(passingLies).map(([name, { weight }]) => [`lie-${name}` as LieName, weight] as const),
  ...Object.entries(forgings).map(([name, { weight }]) => [`forge-${name}` as LieName, weight] as const),
];

/** How often each is told, compared with the others. */
export const lieWeights = Object.fromEntries(entries) as Record<LieName, number>;

/** Whether a step of a plan is a lie. */
export function isLie(name: string): name is LieName {
  return Object.hasOwn(lieWeights, name);
}

/** The lie of a step that passes, or `undefined` where it is not one. */
export function passingLie(name: LieName): Lie | undefined {
  return passingLies[name.slice("lie-".length) as PassingName];
}
