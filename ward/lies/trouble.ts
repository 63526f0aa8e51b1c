import type { Step } from "../world/plan.ts";
import type { World } from "../world/world.ts";
import { type BetrayalName, Betrayals, betrayalWeights, isBetrayal } from "./betrayals.ts";
import { Liar } from "./liar.ts";
import { isLie, type LieName, lieWeights } from "./lies.ts";
import { isLoss, type LossName, lose, lossWeights } from "./losses.ts";

/** What a relay, a member or a store does that is not what it should be. */
export type TroubleName = LieName | BetrayalName | LossName;

/** Whether a step of a plan is one. */
export function isTrouble(name: string): name is TroubleName {
  return isLie(name) || isBetrayal(name) || isLoss(name);
}

/** How often each happens in a world of one kind of trouble, compared with the others. */
export const troubleWeights = { lies: lieWeights, betrayals: betrayalWeights, losses: lossWeights } as const;

/** A kind of trouble. */
export type TroubleKind = keyof typeof troubleWeights;

/** Everything in a world that does not keep to what was agreed on. */
export class Trouble {
  readonly #world: World;
  readonly #betrayals: Betrayals;
  /** The relay, as far as it lies. */
  readonly liar: Liar;

  constructor(world: World) {
    this.#world = world;
    this.#betrayals = new Betrayals(world);
    this.liar = new Liar(world);
  }

  /** Lets a step happen. */
  happen(step: Step): void {
    if (isLie(step.do)) this.liar.tell(step);
    else if (isBetrayal(step.do)) this.#betrayals.happen(step);
    else lose(this.#world, step);
  }

  /** How often each has happened. A lie that left everything as it is was none. */
  get counts(): ReadonlyMap<string, number> {
    const losses = [...this.#world.counts].filter(([name]) => isLoss(name));
    return new Map<string, number>([...this.liar.told, ...this.#betrayals.told, ...losses]);
  }
}
