import { hex } from "../codec/hex.ts";
import type { Opening } from "../conversation/open.ts";
import type { Step, StepTools } from "../conversation/step.ts";
import { ReadbackError } from "../error.ts";
import type { ConversationRuntime } from "./conversation-runtime.ts";
import type { Engine } from "./engine.ts";
import { leafSettings } from "./key-packages.ts";
import type { Session } from "./session.ts";
import { abortable } from "./waiting.ts";

/** Computes the first step of a conversation, once it is its turn. */
export type Begin = (common: Omit<Opening, "suite" | "subject" | "keyPackages">, tools: StepTools) => Step;

/** Where conversations run. */
export interface OpeningPlace {
  readonly engine: Engine;
  /** Lets a conversation run that was just stored. */
  begin(id: string): ConversationRuntime;
}

/**
 * Opens a conversation at the relay of a session. Resolves once the log has it, with everybody in it. Where it cannot come
 * to be, nothing of it stays. Rejects with `conversation-moved` where there is one of this identifier, with what `begin`
 * throws, `quota-exceeded`, `relay-refused`, `aborted` or `closed`; after these two it may or may not come to be.
 */
export async function openAt(
  place: OpeningPlace,
  { challenge }: Session,
  begin: Begin,
  signal: AbortSignal | undefined,
): Promise<ConversationRuntime> {
  const { engine } = place;
  const { identity, signatureKeyPair } = engine.device;
  const self = { person: identity.person, device: identity.device };
  const hub = { relay: challenge.relay, logKey: challenge.logKey };
  const id = await engine.run(async () => {
    const common = { self, signatureKeyPair, hub, leaf: leafSettings(engine) };
    const step = begin(common, engine.tools());
    const made = hex(step.state.id);
    if (engine.state(made) !== undefined)
      throw new ReadbackError("conversation-moved", "It goes on in another one already.");
    await engine.complete(step);
    return made;
  });
  // It may be gone already: the relay has told of another one.
  if (engine.state(id) === undefined)
    throw new ReadbackError("conversation-moved", "It goes on in another one already.");
  const runtime = place.begin(id);
  await opened(runtime, signal);
  return runtime;
}

async function opened(runtime: ConversationRuntime, signal: AbortSignal | undefined): Promise<void> {
  const [intent] = runtime.state.intents;
  if (intent === undefined) return;
  const outcome = runtime.outcome(intent.number);
  outcome.catch(() => {});
  runtime.submitter.pump();
  await abortable<void>(signal, (resolve, reject) => {
    outcome.then(resolve, reject);
    return runtime.onEnd(reject);
  });
}
