import type { WaitingScenario } from "./scenario.ts";

/** Every scenario, or part of one, that waits for something that does not exist yet. */
export const waiting: readonly WaitingScenario[] = [];
