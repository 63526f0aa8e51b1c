import type { Order, Report } from "./talk.ts";

/** What a program says to the stage that started it. */
export function report(message: Report): void {
  // The stage may be gone already; this program is then about to end as well.
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}

/**
 * Takes orders from the stage, one after the other, until one fails or the stage is gone: then the program ends, with
 * the reason. The order "end" lets it end by itself.
 */
export function takeOrders<Kind extends Order>(carryOut: (order: Kind) => Promise<void> | void): void {
  // Control-C reaches every process of a terminal, but it is the stage that decides when a program ends.
  process.on("SIGINT", () => {});
  process.on("disconnect", () => process.exit());
  let last: Promise<void> = Promise.resolve();
  process.on("message", (order: Kind) => {
    last = last
      .then(() => carryOut(order))
      .then(() => (order.type === "end" ? process.exit() : undefined))
      .catch(fail);
  });
}

/** Ends the program because of an error. */
export function fail(error: unknown): void {
  console.error(error);
  process.exit(1);
}
