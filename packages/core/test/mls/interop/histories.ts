import { expect, test } from "vitest";
import { History } from "./history.ts";
import type { Member } from "./member.ts";

/** What has to happen at least once in that many histories, or they would say little. */
const things = [
  ...["add", "remove", "pre-shared-key", "extension", "external join", "welcome", "read"],
  ...["propose add", "propose remove", "propose pre-shared-key", "propose update"],
];

/** Lives of groups that `founder` creates, all of them without a quarrel: 100 in suite 1, 10 each in suites 2 and 3. */
export function testHistories(founder: Member["kind"]): void {
  test.each([
    [1, 100],
    [2, 10],
    [3, 10],
  ])(
    `the engine and ts-mls understand each other in groups that the ${founder} creates, suite %i, %i times`,
    async (suiteId, times) => {
      const counts = new Map<string, number>();
      for (let seed = 0; seed < times; seed++) {
        const history = new History(suiteId, `${founder} ${seed}`);
        try {
          await history.run(founder, 4 + (seed % 5));
        } catch (cause) {
          throw new Error(`seed ${seed}: ${String(cause)}\n${history.log.join("\n")}`, { cause });
        }
        for (const [what, count] of history.counts) counts.set(what, (counts.get(what) ?? 0) + count);
      }
      for (const thing of things) expect(counts.get(thing), thing).toBeGreaterThan(times / 20);
    },
    240_000,
  );
}
