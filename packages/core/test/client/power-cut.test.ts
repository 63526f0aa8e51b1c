import { describe, expect, test } from "vitest";
import type { CrashPlan } from "../../src/testing/crashing-storage.ts";
import { memoizedCrypto } from "./memoized-crypto.ts";
import { type Plans, perform, plays, prepare, type Role } from "./power-cut/plays.ts";
import { judge, judgeStore } from "./power-cut/verdict.ts";

const crypto = memoizedCrypto();
const outcomes = ["lost", "applied", "full"] as const;

describe.each(plays)("$name", (play) => {
  const prepared = prepare(play, crypto);

  /** Plays it, and judges it. Returns how many writes each device has made. */
  async function playWith(plans: Plans): Promise<Map<Role, number>> {
    const { stage, cast } = await perform(play, crypto, await prepared, plans);
    const [harmed] = Object.entries(plans) as [Role, CrashPlan[]][];
    try {
      const isFull = harmed?.[1][0]?.outcome === "full";
      await judge(stage, play, cast.ada, isFull ? ["storage-full", "transport-failed"] : []);
      if (harmed !== undefined) {
        const actor = cast[harmed[0]];
        const told = actor.errors.filter(({ code }) => code === "storage-full").length + stage.refusedAsFull;
        expect([actor.name, isFull ? told : actor.livesHere]).toEqual([actor.name, isFull ? 1 : 2]);
        await judgeStore(actor);
      }
      return new Map(play.roles.map((role) => [role, cast[role].writes]));
    } finally {
      await stage.close();
    }
  }

  test("undisturbed", async () => {
    await playWith({});
  });

  test.each(outcomes)("each write of each device once %s", { timeout: 120_000 }, async (outcome) => {
    for (const [role, writes] of await playWith({})) {
      for (let failAt = 1; failAt <= writes; failAt++) {
        try {
          await playWith({ [role]: [{ failAt, outcome }] });
        } catch (error) {
          throw new Error(`${role}'s write ${failAt} of ${writes}, ${outcome}`, { cause: error });
        }
      }
    }
  });
});
