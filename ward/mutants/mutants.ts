import { conversationMutants } from "./conversation-mutants.ts";
import type { Mutant } from "./mutant.ts";
import { relayMutants } from "./relay-mutants.ts";
import { shellMutants } from "./shell-mutants.ts";

/** Every bug that is planted. */
export const mutants: readonly Mutant[] = [...shellMutants, ...conversationMutants, ...relayMutants];
