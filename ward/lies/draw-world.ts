import { Chance } from "../kernel/chance.ts";
import { drawPlan, type Plan, type Step, type Wishes } from "../world/plan.ts";
import { type TroubleKind, type TroubleName, troubleWeights } from "./trouble.ts";

/** What else a world may be wished to be. */
export interface MoreWishes extends Wishes {
  /** What goes wrong that nobody may do. Default: something in one world of four, mostly lies. */
  readonly trouble?: TroubleKind;
}

/** How often, of a hundred worlds. */
const shares: readonly (readonly [TroubleKind, number])[] = [
  ["lies", 15],
  ["betrayals", 5],
  ["losses", 5],
];

/** Draws a world, in which now and then somebody does not keep to what was agreed on. */
export function drawWorld(seed: string, wishes: MoreWishes): Plan {
  const plan = drawPlan(seed, wishes);
  const chance = new Chance(`${seed} trouble`);
  const drawn = drawKind(chance);
  const kind = wishes.trouble ?? drawn;
  return kind === undefined ? plan : { ...plan, steps: merged(plan.steps, drawTrouble(chance, kind, plan)) };
}

function drawKind(chance: Chance): TroubleKind | undefined {
  let left = chance.share() * 100;
  return shares.find(([, share]) => {
    left -= share;
    return left < 0;
  })?.[0];
}

/** Mostly different ones; now and then always the same. */
function drawTrouble(chance: Chance, kind: TroubleKind, { length }: Plan): Step[] {
  const favourite = drawName(chance, kind);
  const isSingleMinded = chance.happens(0.3);
  return Array.from({ length: 1 + chance.below(8) }, () => ({
    at: Math.round(chance.between(3_000, length)),
    do: isSingleMinded ? favourite : drawName(chance, kind),
    a: chance.word(),
    b: chance.word(),
    c: chance.word(),
  }));
}

function drawName(chance: Chance, kind: TroubleKind): TroubleName {
  const entries = Object.entries(troubleWeights[kind]) as [TroubleName, number][];
  let left = chance.share() * entries.reduce((sum, [, weight]) => sum + weight, 0);
  const drawn = entries.find(([, weight]) => {
    left -= weight;
    return left < 0;
  });
  return (drawn ?? (entries[0] as [TroubleName, number]))[0];
}

function merged(steps: readonly Step[], more: readonly Step[]): Step[] {
  return [...steps, ...more].sort((a, b) => a.at - b.at);
}
