/** Opens a client's file once the client is gone, with no network, and tells what it holds. */
import { type Client, createClient, type Transport, unsafeDevelopmentIdentity } from "@readback/core";
import { sqliteStorage } from "@readback/storage-sqlite";
import { report, takeOrders } from "./child.ts";
import { allMessages } from "./history.ts";
import type { AuditOrder, StoredMessage } from "./talk.ts";
import { digestOf } from "./tally.ts";

/** Never connects: what is told can come from the file only. */
const nowhere: Transport = {
  connect: (_handler, signal) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
    }),
};

takeOrders<AuditOrder>(async ({ database, storeKey, person }) => {
  const client = await createClient({
    identity: unsafeDevelopmentIdentity({ person }),
    transport: nowhere,
    storage: sqliteStorage(database),
    storeKey: Buffer.from(storeKey, "hex"),
  });
  const messages = await storedMessages(client);
  await client.close();
  report({ type: "stored", messages });
});

async function storedMessages(client: Client): Promise<StoredMessage[]> {
  const stored: StoredMessage[] = [];
  for (const conversation of client.conversations()) {
    for (const message of await allMessages(conversation)) {
      const { id, seq, from, problem, text } = message;
      const digest = problem === undefined ? digestOf(text) : undefined;
      stored.push({ id, seq, isOwn: from === client.person, digest, status: await message.status() });
    }
  }
  return stored;
}
