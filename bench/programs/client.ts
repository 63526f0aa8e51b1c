/** One client with its own SQLite file, and an application that displays every message at once. */
import { type Client, createClient, type Message, unsafeDevelopmentIdentity } from "@readback/core";
import { sqliteStorage } from "@readback/storage-sqlite";
import { webSocketTransport } from "@readback/transport-ws";
import { storeKey } from "../store-key.ts";
import { answerOrders, type ClientOrder, type ClientOrders } from "./orders.ts";

let client: Client;
let displayed = 0;
let newest: Message | undefined;
let isMarking = false;
const times: number[] = [];
let onDisplayed: () => void = () => {};

async function open({ person, database, url }: ClientOrder): Promise<void> {
  client = await createClient({
    identity: unsafeDevelopmentIdentity({ person }),
    transport: webSocketTransport(url),
    storage: sqliteStorage(database),
    storeKey,
  });
  client.on("message", ({ message }) => {
    times.push(Number(process.hrtime.bigint()));
    displayed += 1;
    newest = message;
    markRead().catch(fail);
    onDisplayed();
  });
  client.on("error", ({ error }) => console.error(error));
}

/** Marks what is on the screen, and once that is done what has come since: one message stands for all before it. */
async function markRead(): Promise<void> {
  if (isMarking) return;
  isMarking = true;
  for (let message = newest; message !== undefined; message = newest) {
    newest = undefined;
    await message.markRead();
  }
  isMarking = false;
}

function fail(error: unknown): void {
  console.error(error);
  process.exitCode = 1;
}

/** Resolves when `check` holds; it is asked after each message. */
function until(check: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    onDisplayed = () => check() && resolve();
    onDisplayed();
  });
}

answerOrders<ClientOrders>({
  async start(order) {
    await open(order);
    await client.online();
  },
  async joined() {
    if (client.conversations().length > 0) return;
    await new Promise<void>((resolve) => void client.on("conversation", () => resolve()));
  },
  async displayed() {
    await until(() => times.length > 0);
    return times.shift() ?? Number.NaN;
  },
  async catchUp({ messages, ...order }) {
    const start = performance.now();
    await open(order);
    await until(() => displayed >= messages);
    return performance.now() - start;
  },
  async readPage() {
    const [conversation] = client.conversations();
    return (await conversation?.messages())?.length ?? 0;
  },
  memory: async () => process.memoryUsage.rss(),
  end: () => client.close(),
});
