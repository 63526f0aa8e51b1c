import { hex } from "../codec/hex.ts";
import { isMovable, moveAway, retireGroup } from "../conversation/continue.ts";
import { presentPersons } from "../conversation/members.ts";
import { ReadbackError } from "../error.ts";
import type { Group } from "../mls/group-state.ts";
import type { ConversationRuntime } from "./conversation-runtime.ts";
import type { Engine } from "./engine.ts";
import { checkPersons } from "./recipients.ts";

/** All other persons of a conversation. */
export function othersIn({ state, self }: ConversationRuntime): string[] {
  return presentPersons(state).filter((person) => person !== self.person);
}

/**
 * The group of a conversation that can go on elsewhere with these persons. Throws `conversation-moved`, `not-a-member` or
 * `invalid-argument`.
 */
export function checkContinuable(runtime: ConversationRuntime, others: readonly string[]): Group {
  const { phase, group } = runtime.state;
  // A group that has ended, and that nothing has followed, may have lost its relay at that very moment.
  const isStranded = group?.reInit !== undefined && runtime.conversation.continuedBy.length === 0;
  if (phase === "moved" && !isStranded)
    throw new ReadbackError("conversation-moved", "It goes on in another one already.");
  if (group === undefined || !["active", "frozen", "moved"].includes(phase))
    throw new ReadbackError("not-a-member", "Only an active member can go on with a conversation.");
  checkPersons(others);
  const known = new Set(othersIn(runtime));
  if (!others.every((person) => known.has(person)))
    throw new ReadbackError("invalid-argument", "Somebody who shall come along is no other member.");
  return group;
}

/**
 * Ends what is said in conversations that go on in others. Which these are follows from what is stored, so it is done after
 * every start too; nothing happens where it is done already.
 */
export async function endContinued(engine: Engine): Promise<void> {
  for (const id of engine.ids) {
    const state = engine.state(id);
    const head = state?.phase === "creating" ? undefined : state?.continues;
    const old = head && hex(head.conversation);
    const phase = old === undefined ? undefined : engine.state(old)?.phase;
    if (head === undefined || old === undefined || phase === undefined) continue;
    if (isMovable(phase)) await engine.step(old, (step) => moveAway(step, head));
    // Nothing can be said or read in it any more.
    if (engine.state(old)?.group?.reInit !== undefined && phase === "moved")
      await engine.step(old, retireGroup);
  }
}
