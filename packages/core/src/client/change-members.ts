import { fullName } from "../conversation/identity.ts";
import { presentMembers, presentPersons } from "../conversation/members.ts";
import type { Intent, Phase } from "../conversation/state.ts";
import { ReadbackError } from "../error.ts";
import type { ConversationRuntime } from "./conversation-runtime.ts";
import { checkPersons, claimKeyPackages } from "./recipients.ts";
import { abortable } from "./waiting.ts";

type WithoutNumber<T> = T extends unknown ? Omit<T, "number"> : never;

/** Adds or removes persons, or leaves. Resolves once the log has it; see the methods of a conversation for the codes. */
export async function changeMembers(
  runtime: ConversationRuntime,
  change: "add" | "remove" | "leave",
  persons: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  checkActive(runtime.state.phase);
  if (change === "leave") return carryOut(runtime, { type: "leave" }, signal);
  checkPersons(persons);
  if (change === "add") return addPersons(runtime, persons, signal);
  checkRemoval(runtime, persons);
  return carryOut(runtime, { type: "remove", persons }, signal);
}

/** Adds the devices of persons that are no members yet; nothing where there are none. */
export async function addPersons(
  runtime: ConversationRuntime,
  persons: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  const intent = await adding(runtime, persons, signal);
  if (intent.keyPackages.length > 0) await carryOut(runtime, intent, signal);
}

async function adding(
  runtime: ConversationRuntime,
  persons: readonly string[],
  signal: AbortSignal | undefined,
): Promise<{ type: "add"; keyPackages: readonly Uint8Array[] }> {
  const session = await runtime.presence.online(signal);
  const except = presentMembers(runtime.state).map(fullName);
  const { group } = runtime.state;
  // While waiting for a connection, somebody may have removed us.
  if (group === undefined) throw notMember();
  const suite = group.suite.id;
  const keyPackages = await claimKeyPackages(session, runtime.engine, { suite, persons, except });
  return { type: "add", keyPackages };
}

/** Throws `log-forked`, `conversation-moved` or `not-a-member` unless members can be changed in this phase. */
export function checkActive(phase: Phase): void {
  if (phase === "frozen")
    throw new ReadbackError("log-forked", "The relay has signed two histories: no members can be changed.");
  if (phase === "moved")
    throw new ReadbackError("conversation-moved", "The conversation goes on in another one.");
  if (phase !== "active") throw notMember();
}

function notMember(): ReadbackError {
  return new ReadbackError("not-a-member", "Only a member can change who the members are.");
}

function checkRemoval(runtime: ConversationRuntime, persons: readonly string[]): void {
  if (persons.includes(runtime.self.person)) {
    throw new ReadbackError("invalid-argument", "Nobody can remove themselves: leave instead.");
  }
  const present = new Set(presentPersons(runtime.state));
  if (!persons.every((person) => present.has(person))) {
    throw new ReadbackError("unknown-recipient", "Somebody who is to be removed is no member.");
  }
}

/** Makes an intent durable and waits for its outcome. Aborting ends the wait, not the intent. */
export async function carryOut(
  runtime: ConversationRuntime,
  intent: WithoutNumber<Intent>,
  signal: AbortSignal | undefined,
): Promise<void> {
  let outcome: Promise<void> = Promise.resolve();
  await runtime.engine.step(runtime.id, (step) => {
    // While keys were claimed, somebody may have removed us: nothing would ever end what is begun after that.
    checkActive(step.state.phase);
    const number = step.takeNumber();
    // Registered before the step counts, so that even an intent that ends within it is heard.
    outcome = runtime.outcome(number);
    outcome.catch(() => {});
    step.addIntent({ ...intent, number } as Intent);
    runtime.submitter.prepare(step);
  });
  await abortable<void>(signal, (resolve, reject) => {
    outcome.then(resolve, reject);
    return runtime.onEnd(reject);
  });
}
