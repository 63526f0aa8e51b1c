import { availableParallelism } from "node:os";
import { expect, test } from "vitest";
import { inTurn, playApart } from "../play-apart.ts";

/** Two million events of model cryptography and fifty thousand of the real one, in parts that are played side by side. */
const parts: { readonly crypto: string; readonly seed: string; readonly events: number }[] = [
  ...Array.from({ length: 8 }, (_, part) => ({ crypto: "model", seed: `volume ${part}`, events: 250_000 })),
  ...Array.from({ length: 2 }, (_, part) => ({ crypto: "real", seed: `volume ${part}`, events: 25_000 })),
];

test("nothing is violated in two million events", { timeout: 1_200_000 }, async () => {
  await inTurn(parts, availableParallelism(), async ({ crypto, seed, events }) => {
    const options = ["--crypto", crypto, "--seed", seed, "--events", `${events}`];
    const { status, output } = await playApart(options);
    expect(status, output).toBe(0);
    const counted = (what: string): number => Number(new RegExp(`\\b${what}: (\\d+)`).exec(output)?.[1]);
    expect(counted("events")).toBeGreaterThanOrEqual(events);
    expect(counted("crashes")).toBeGreaterThan(10);
  });
});
