import type { Scenario } from "./scenario.ts";

/** Every scenario that can be played today. */
export const scenarios: readonly Scenario[] = [];
