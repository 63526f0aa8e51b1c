import { Chance } from "../kernel/chance.ts";
import { drawPlan, type Plan, type Step, type Wishes } from "../world/plan.ts";
import { type LieName, lieWeights } from "./lies.ts";

/** What else a world may be wished to be. */
export interface MoreWishes extends Wishes {
  /** Whether its relay lies. Default: one world of five. */
  readonly lies?: boolean;
}

const shareOfLiars = 0.2;

/** Draws a world, in which now and then the relay lies. */
export function drawWorld(seed: string, wishes: MoreWishes): Plan {
  const plan = drawPlan(seed, wishes);
  const chance = new Chance(`${seed} lies`);
  const lies = chance.happens(shareOfLiars);
  return (wishes.lies ?? lies) ? { ...plan, steps: merged(plan.steps, drawLies(chance, plan)) } : plan;
}

/** Mostly some lies; now and then one relay that can only tell one. */
function drawLies(chance: Chance, { length }: Plan): Step[] {
  const favourite = drawName(chance);
  const isSingleMinded = chance.happens(0.3);
  return Array.from({ length: 1 + chance.below(8) }, () => ({
    at: Math.round(chance.between(3_000, length)),
    do: isSingleMinded ? favourite : drawName(chance),
    a: chance.word(),
    b: chance.word(),
    c: chance.word(),
  }));
}

function drawName(chance: Chance): LieName {
  const entries = Object.entries(lieWeights) as [LieName, number][];
  let left = chance.share() * entries.reduce((sum, [, weight]) => sum + weight, 0);
  const drawn = entries.find(([, weight]) => {
    left -= weight;
    return left < 0;
  });
  return (drawn ?? (entries[0] as [LieName, number]))[0];
}

function merged(steps: readonly Step[], more: readonly Step[]): Step[] {
  return [...steps, ...more].sort((a, b) => a.at - b.at);
}
