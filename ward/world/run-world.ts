import { comeToRest, judgeRest } from "../invariants/rest.ts";
import type { Invariant } from "../invariants/violation.ts";
import { Violation } from "../invariants/violation.ts";
import type { EventKind } from "../kernel/event-queue.ts";
import type { Plan } from "./plan.ts";
import { World } from "./world.ts";

/** What came of a world. */
export interface Outcome {
  readonly plan: Plan;
  readonly events: number;
  readonly byKind: ReadonlyMap<EventKind, number>;
  readonly faults: number;
  readonly crashes: number;
  /** Milliseconds of virtual time. */
  readonly lasted: number;
  readonly digest: string;
  readonly violation: Found | undefined;
  /** How often each lie was told, each betrayal committed and something lost. */
  readonly trouble: ReadonlyMap<string, number>;
}

/** A violation, and when it was found. */
export interface Found {
  readonly invariant: Invariant;
  readonly what: string;
  /** Events before it. */
  readonly event: number;
  /** Milliseconds since the beginning. */
  readonly at: number;
  readonly stack: string | undefined;
}

/** Lets a world happen from its beginning to its rest, and judges it. */
export async function runWorld(plan: Plan): Promise<Outcome> {
  const world = new World(plan);
  // A report without a reason ends what people do. Which rule is broken often shows only when all has come to rest.
  world.findings.keepsReports = true;
  let violation: Found | undefined;
  try {
    await world.live();
    await comeToRest(world);
    await judgeRest(world);
    if (world.findings.report !== undefined) throw world.findings.report;
  } catch (error) {
    violation = found(world, error);
  }
  return {
    plan,
    events: world.scheduler.count,
    byKind: world.scheduler.counts,
    faults: world.counts.get("fault") ?? 0,
    crashes: world.counts.get("crash") ?? 0,
    lasted: world.scheduler.now,
    digest: world.digest.value,
    violation,
    trouble: world.trouble?.counts ?? new Map(),
  };
}

function found(world: World, error: unknown): Found {
  const { count: event, now: at } = world.scheduler;
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  const invariant = error instanceof Violation ? error.invariant : "X";
  const { report } = world.findings;
  const what =
    report === undefined || report === error ? message : `${message}; before that ${report.message}`;
  return { invariant, what, event, at, stack };
}
