import { encodeForkProof } from "../conversation/fork-proof.ts";
import type { Finding, IntegrityFinding } from "../conversation/integrity.ts";
import type { ConversationRuntime } from "./conversation-runtime.ts";
import { readLogPage } from "./history.ts";

/** What goes on as long as a clock is wrong or a relay does not do its work: told once in a connection. */
export const lastingFindings: ReadonlySet<IntegrityFinding> = new Set([
  "rolled-back",
  "log-broken",
  "misdated",
  "clock-off",
  "withheld",
  "blocked",
  "commit-refused",
  "other-relay",
] as const);

/** What was found by a step, or by whoever waits for the relay. */
export async function deliverFinding(runtime: ConversationRuntime, finding: Finding): Promise<void> {
  const { conversation, engine } = runtime;
  const { what, seq, by, counters = [] } = finding;
  const proof = what === "forked" ? await readForkProof(runtime) : undefined;
  runtime.emit("integrity", { conversation, what, at: engine.clock.now(), seq, by, counters, proof });
}

/** The proof that the relay has signed two histories, from what is stored; `undefined` where it has not. */
export async function readForkProof(runtime: ConversationRuntime): Promise<Uint8Array | undefined> {
  const { fork } = runtime.state;
  if (fork?.own) return encodeForkProof({ seq: fork.seq, branches: [fork.own, fork.other] });
  const page = fork && (await readLogPage(runtime.engine, runtime.id, fork.seq));
  if (fork === undefined || page === undefined) return undefined;
  const headers = page.headers.filter(({ seq }) => seq > fork.seq);
  return encodeForkProof({ seq: fork.seq, branches: [{ ...page, headers }, fork.other] });
}
