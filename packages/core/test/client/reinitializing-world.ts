import type { RelayLimits } from "@readback/relay";
import { expect } from "vitest";
import type { Client } from "../../src/client/client.ts";
import type { Conversation } from "../../src/client/conversation.ts";
import type { ClientOptions } from "../../src/client/options.ts";
import { defaultCryptoProvider, withSuites } from "../../src/crypto.ts";
import { experimentalMlKem768P256Suite } from "../../src/experimental.ts";
import { type MemoryStorage, memoryStorage } from "../../src/memory/memory-storage.ts";
import { textsOf, type World, world } from "./world.ts";

/** Who talks. */
export const persons = ["ada@mercy.example", "ben@stlukes.example", "cleo@mercy.example"] as const;
export const [ada, ben, cleo] = persons;
/** The suite that groups end for. */
export const hybrid = experimentalMlKem768P256Suite.id;
export const crypto = withSuites(defaultCryptoProvider(), experimentalMlKem768P256Suite);
/** What a device needs to have both suites. */
export const both = { crypto, suites: [2, hybrid] };

/** The world of the test that runs; {@link talking} begins a new one. */
export let here: World;

/** Ada, Ben and Cleo talk, each with a device that has both suites unless told otherwise. */
export async function talking(
  seed: string,
  options: Partial<Record<string, Partial<ClientOptions>>> = {},
  limits: Partial<RelayLimits> = {},
) {
  here = world(seed, { crypto, limits });
  const stores = new Map<string, MemoryStorage>(persons.map((person) => [person, memoryStorage()]));
  const start = async (person: string, more: Partial<ClientOptions> = {}): Promise<Client> => {
    const storage = more.storage ?? (stores.get(person) as MemoryStorage).reopen();
    if (more.storage === undefined) stores.set(person, storage as MemoryStorage);
    const client = await here.client(person, { ...(options[person] ?? both), ...more, storage });
    await here.until(() => client.connection === "online");
    return client;
  };
  const clients = [await start(ada), await start(ben), await start(cleo)] as [Client, Client, Client];
  const [a, ...others] = clients;
  const opened = a.open({ members: [ben, cleo], subject: "bed 4" });
  await here.until(() => others.every((client) => client.conversations().length === 1));
  const { id } = await opened;
  await a.conversation(id)?.send("K 6.8");
  for (const client of others) await here.until(async () => (await textsOf(client, id)).includes("K 6.8"));
  return { id, clients, start, stores };
}

/** Waits for a promise while time passes. */
export async function outcome<T>(promise: Promise<T>): Promise<T> {
  let isOver = false;
  promise.then(
    () => {
      isOver = true;
    },
    () => {
      isOver = true;
    },
  );
  await here.until(() => isOver, "an outcome");
  return promise;
}

/** A conversation as a client has it. */
export const at = (client: Client, id: string): Conversation => client.conversation(id) as Conversation;

/** Lets so many seconds pass. */
export async function pass(seconds: number): Promise<void> {
  for (let i = 0; i < seconds; i++) {
    here.clock.advance(1_000);
    await here.settle();
  }
}

/** What everybody knows once it has gone on: one next conversation, the same for all, in which all hear each other. */
export async function checkGoesOn(clients: readonly Client[], id: string, text: string): Promise<string> {
  await here.until(() => clients.every((client) => at(client, id).continuedBy.length === 1), "a next one");
  const ids = new Set(clients.map((client) => at(client, id).continuedBy[0]?.id));
  expect(ids.size).toBe(1);
  const [next] = [...ids] as [string];
  for (const client of clients) {
    expect(at(client, id).phase).toBe("moved");
    expect(at(client, next)).toMatchObject({ phase: "active", subject: "bed 4" });
    expect(at(client, next).continues?.id).toBe(id);
    const members = at(client, next).members();
    expect(members.map(({ person }) => person).sort()).toEqual(persons);
    await at(client, next).send(`${text} of ${client.person}`);
  }
  for (const client of clients)
    await here.until(async () => (await textsOf(client, next)).length === clients.length, "all texts");
  return next;
}
