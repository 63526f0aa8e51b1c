import { describe, expect, test } from "vitest";
import type { Client } from "../../src/client/client.ts";
import type { Message } from "../../src/client/message.ts";
import { memoryStorage } from "../../src/memory/memory-storage.ts";
import { type CrashPlan, crashingStorage } from "../../src/testing/crashing-storage.ts";
import { memoizedCrypto } from "./memoized-crypto.ts";
import { world } from "./world.ts";

const ada = "ada@mercy.example";
const ben = "ben@stlukes.example";
const cleo = "cleo@mercy.example";
const minute = 60_000;
const crypto = memoizedCrypto();

/**
 * Ada asks, is started again, and a step is due; her power is cut as planned, and she is started once more. Ben is there
 * all the time, or comes back only when it is over. Returns how many writes Ada makes until the step is said.
 */
async function escalate(plan: CrashPlan, isBenThere: boolean): Promise<number> {
  const here = world("crash");
  try {
    const [disk, other] = [memoryStorage(), memoryStorage()];
    const first = await here.client(ada, { storage: disk, crypto });
    let b = await here.client(ben, { storage: other, crypto });
    const opened = first.open({ members: [ben] });
    await here.until(() => b.conversations().length === 1);
    const message = await (await opened).send("Call me.", {
      request: { of: [ben], escalation: [{ after: minute, to: [cleo] }] },
    });
    await here.until(async () => (await at(b, message)) !== undefined);
    await first.close();
    if (!isBenThere) await b.close();

    const pass = async (milliseconds: number) => {
      for (let passed = 0; passed < milliseconds; passed += 500) {
        here.clock.advance(500);
        await here.settle();
      }
    };
    const again = disk.reopen();
    const crashing = crashingStorage(again, plan);
    const started = await here.client(ada, { storage: crashing, crypto }).catch(() => undefined);
    if (started !== undefined) await pass(minute + 10_000);
    const { writes } = crashing;
    const isUp = started !== undefined && !crashing.crashed;
    // A start that is cut off, or a client that is, is started again.
    const a = isUp ? started : await here.client(ada, { storage: again.reopen(), crypto });
    await pass(minute + 20_000);
    if (!isBenThere) b = await here.client(ben, { storage: other.reopen(), crypto });
    await here.until(async () => (await firedAt(b, message)).length > 0, "the step");
    expect(await firedAt(b, message)).toHaveLength(1);
    expect(await firedAt(a, message)).toEqual(await firedAt(b, message));
    if (!isBenThere) expect(await firedAt(b, message)).toMatchObject([{ person: ada }]);
    expect(here.errors.map(({ code }) => code).filter((code) => !code.startsWith("storage-"))).toEqual([]);
    return writes;
  } finally {
    await here.close();
  }
}

const firedAt = async (client: Client, message: Message) =>
  (await (await at(client, message))?.loop())?.fired ?? [];

async function at(client: Client, { id }: Message): Promise<Message | undefined> {
  const all = (await client.conversations()[0]?.messages()) ?? [];
  return all.find((message) => message.id === id && message.seq !== undefined);
}

describe.each([true, false])("with the other one there: %s", (isBenThere) => {
  test.each(["lost", "applied", "full"] as const)(
    "a step happens once, whichever write of the device that says so is %s",
    { timeout: 120_000 },
    async (outcome) => {
      const writes = await escalate({}, isBenThere);
      expect(writes).toBeGreaterThanOrEqual(3);
      for (let failAt = 1; failAt <= writes; failAt++) {
        try {
          await escalate({ failAt, outcome }, isBenThere);
        } catch (error) {
          throw new Error(`write ${failAt} of ${writes}, ${outcome}`, { cause: error });
        }
      }
    },
  );
});
