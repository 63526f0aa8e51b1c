import type { Client } from "../../src/client/client.ts";
import type { ClientOptions } from "../../src/client/options.ts";
import type { MemoryStorage } from "../../src/memory/memory-storage.ts";
import { crashingStorage } from "../../src/testing/crashing-storage.ts";
import type { World } from "./world.ts";

/** Persons with a conversation, whose devices are all off. */
export interface CrashScene {
  readonly here: World;
  /** The conversation. */
  readonly id: string;
  readonly stores: Map<string, MemoryStorage>;
  start(person: string, options?: Partial<ClientOptions>): Promise<Client>;
}

/** What happens in a scene. The clients come in the order of `persons`. */
export interface CrashPlay {
  readonly persons: readonly string[];
  /** Makes a fresh scene; called once for each crash. */
  scene(seed: string): Promise<CrashScene>;
  /** What the first person begins, where the device has come that far. Whether it comes true is left open. */
  begin(client: Client, id: string): Promise<unknown>;
  /** Lets everything happen that it brings, also with the clock. */
  pass(here: World): Promise<void>;
  /** What has to hold once all devices have been started again. */
  check(clients: readonly Client[], scene: CrashScene): Promise<void>;
}

/**
 * Lets the power of one person's device go at each of its writes in turn, in a fresh scene each time, before and after the
 * write has counted; then starts all devices again. The last time it does not go at all.
 *
 * @param who - whose device it is
 */
export async function crashAtEachWrite(
  who: string,
  outcome: "lost" | "applied",
  { persons, scene, begin, pass, check }: CrashPlay,
): Promise<void> {
  let hasCrashed = true;
  for (let failAt = 1; hasCrashed; failAt++) {
    const made = await scene(`crash ${who} ${outcome} ${failAt}`);
    const { here, id, start, stores } = made;
    const store = (stores.get(who) as MemoryStorage).reopen();
    stores.set(who, store);
    const storage = crashingStorage(store, { failAt, outcome });
    const running: (Client | undefined)[] = [];
    for (const person of persons) {
      const starting = person === who ? start(person, { storage }).catch(() => undefined) : start(person);
      // It may not come further than its first write.
      running.push(await starting);
    }
    const [first] = running;
    const begun = first && begin(first, id).catch(() => undefined);
    await pass(here);
    hasCrashed = storage.crashed;
    for (const client of running) await client?.close().catch(() => {});
    await begun;
    const after: Client[] = [];
    for (const person of persons) after.push(await start(person));
    await check(after, made);
    for (const client of after) await client.close();
    await here.close();
  }
}
