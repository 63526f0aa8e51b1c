import { createHash } from "node:crypto";
import type { Outcome } from "./world/run-world.ts";

/** Prints what came of some worlds, and how fast it went where `start` says when it began. */
export function report(
  outcomes: readonly Outcome[],
  start?: { readonly wall: number; readonly cpu: number },
): void {
  const sum = (of: (outcome: Outcome) => number): number =>
    outcomes.reduce((total, one) => total + of(one), 0);
  const events = sum((one) => one.events);
  const line: Record<string, string | number> = {
    worlds: outcomes.length,
    events,
    faults: sum((one) => one.faults),
    crashes: sum((one) => one.crashes),
    "virtual hours": Number((sum((one) => one.lasted) / 3_600_000).toFixed(1)),
    violations: sum((one) => (one.violation === undefined ? 0 : 1)),
    digest: digestOf(outcomes),
  };
  if (start !== undefined) {
    line["events/s"] = Math.round((events / (performance.now() - start.wall)) * 1_000);
    line["events/CPU s"] = Math.round((events / (cpuTime() - start.cpu)) * 1_000);
  }
  console.log(
    Object.entries(line)
      .map(([name, value]) => `${name}: ${value}`)
      .join(", "),
  );
  console.log(`  of them ${totals(outcomes.map(({ byKind }) => byKind))}`);
  const troubled = outcomes.filter(({ trouble }) => trouble.size > 0);
  if (troubled.length > 0)
    console.log(`trouble in ${troubled.length} worlds: ${totals(troubled.map(({ trouble }) => trouble))}`);
}

/** One digest for all, in order. */
export function digestOf(outcomes: readonly Outcome[]): string {
  const hash = createHash("sha256");
  for (const { digest } of outcomes) hash.update(digest);
  return hash.digest("hex").slice(0, 16);
}

/** Milliseconds that this process has computed. */
export function cpuTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

function totals(counts: readonly ReadonlyMap<string, number>[]): string {
  const sums = new Map<string, number>();
  for (const counted of counts)
    for (const [name, count] of counted) sums.set(name, (sums.get(name) ?? 0) + count);
  return [...sums]
    .sort((a, b) => b[1] - a[1])
    .map(([name, count]) => `${name} ${count}`)
    .join(", ");
}
