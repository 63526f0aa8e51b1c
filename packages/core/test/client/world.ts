import { type MemoryRelay, memoryRelay } from "@readback/relay";
import { type Client, createClient } from "../../src/client/client.ts";
import { unsafeDevelopmentIdentity } from "../../src/client/identity.ts";
import type { Message } from "../../src/client/message.ts";
import type { ClientOptions } from "../../src/client/options.ts";
import { utf8 } from "../../src/codec/utf8.ts";
import type { ReadbackError } from "../../src/error.ts";
import { memoryStorage } from "../../src/memory/memory-storage.ts";
import { type ManualClock, manualClock } from "../../src/testing/manual-clock.ts";
import { seededRandom } from "../../src/testing/seeded-random.ts";

/** A store key for tests. */
export const testStoreKey = utf8("a store key for tests, 32 bytes.");

/** One relay, one clock and as many clients as a test wants, all in memory and all from one seed. */
export interface World {
  readonly clock: ManualClock;
  readonly relay: MemoryRelay;
  /** A client of `person`, online unless a transport is given; errors it reports are collected. */
  client(person: string, options?: Partial<ClientOptions> & { device?: string }): Promise<Client>;
  /** What clients reported through `error`, by code. */
  readonly errors: ReadbackError[];
  /** Lets everything run, and the clock tick, until `check` holds. Fails after a while of it not holding. */
  until(check: () => boolean | Promise<boolean>, what?: string): Promise<void>;
  /** Lets everything run that can run without the clock. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

/** Makes a world from a seed. */
export function world(seed: string | number, relayOptions: Parameters<typeof memoryRelay>[0] = {}): World {
  const clock = manualClock();
  const relay = memoryRelay({ clock, random: seededRandom(`relay ${seed}`), ...relayOptions });
  const clients: Client[] = [];
  const errors: ReadbackError[] = [];
  let count = 0;

  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 20; i++) await turn();
  };

  const until: World["until"] = async (check, what = "a condition") => {
    for (let i = 0; i < 2_000; i++) {
      if (await check()) return;
      await turn();
      // Time moves on slowly while nothing is ready, so that delays pass without anybody sleeping.
      if (i % 10 === 9) clock.advance(50);
    }
    const codes = errors.map(({ code, message }) => `${code}: ${message}`).join("; ");
    throw new Error(`This never came true: ${what}. Errors: ${codes || "none"}`);
  };

  return {
    clock,
    relay,
    errors,
    settle,
    async client(person, options = {}) {
      const { device = "phone", ...others } = options;
      const client = await createClient({
        identity: unsafeDevelopmentIdentity({ person, device }),
        transport: relay.transport(),
        storage: memoryStorage(),
        storeKey: testStoreKey,
        clock,
        random: seededRandom(`${seed} ${person} ${device} ${count++}`),
        ...others,
      });
      client.on("error", ({ error }) => void errors.push(error));
      clients.push(client);
      if (options.transport === undefined) await until(() => client.connection === "online", "a connection");
      return client;
    },
    until,
    async close() {
      for (const client of clients) await client.close();
      await relay.close();
    },
  };
}

/** The texts of a conversation as a client has them. */
export async function textsOf(client: Client, conversation: string): Promise<string[]> {
  const messages: Message[] = (await client.conversation(conversation)?.messages({ limit: 10_000 })) ?? [];
  return messages.map(({ text }) => text);
}
