import type { Target } from "./target.ts";
import { contentTargets } from "./targets/content.ts";
import { evidenceTargets } from "./targets/evidence.ts";
import { groupTargets } from "./targets/mls-groups.ts";
import { insiderTargets } from "./targets/mls-insiders.ts";
import { inviterTargets } from "./targets/mls-inviters.ts";
import { structTargets } from "./targets/mls-structs.ts";
import { recordTargets } from "./targets/records.ts";
import { relayTargets } from "./targets/relay.ts";
import { wireTargets } from "./targets/wire.ts";

/** Everything that meets bytes from outside. */
export const targets: readonly Target[] = [
  ...structTargets,
  ...groupTargets,
  ...insiderTargets,
  ...inviterTargets,
  ...wireTargets,
  ...contentTargets,
  ...recordTargets,
  ...relayTargets,
  ...evidenceTargets,
];

/** The target of a name; throws where there is none. */
export function targetOf(name: string): Target {
  const found = targets.find((target) => target.name === name);
  if (found === undefined)
    throw new Error(`There is no target ${name}: ${targets.map((t) => t.name).join(", ")}`);
  return found;
}
