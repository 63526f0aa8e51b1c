// One life of a client that will be killed: it opens its store, talks as fast as it can, and prints each text once `send`
// has resolved for it. It is started before its turn comes and begins with the line that tells which life this is; "0" is
// the last one: it says nothing new, and ends in good order when it is told to.
import { writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { type Conversation, createClient, type Message, unsafeDevelopmentIdentity } from "@readback/core";
import { sqliteStorage } from "@readback/storage-sqlite";
import { webSocketTransport } from "@readback/transport-ws";

const [, , database = "", url = "", storeKey = ""] = process.argv;
const lines = createInterface(process.stdin)[Symbol.asyncIterator]();
const print = (line: string) => writeSync(1, `${line}\n`);

print("ready");
const life = Number((await lines.next()).value);
const client = await createClient({
  identity: unsafeDevelopmentIdentity({ person: "ben@stlukes.example", device: "phone" }),
  storage: sqliteStorage(database),
  storeKey: Buffer.from(storeKey, "hex"),
  transport: webSocketTransport(url),
});
client.on("error", ({ error }) => {
  if (error.code !== "transport-failed") print(`error ${error.code}`);
});
client.on("message", ({ message }) => answer(message));
print("open");
const conversation = client.conversations()[0] ?? (await joined());

if (life > 0) {
  for (let number = 0; ; number++) {
    const text = `${life}.${number}`;
    await conversation.send(text);
    print(`sent ${text}`);
    await new Promise((resolve) => setTimeout(resolve, number % 4));
  }
}
await lines.next();
const messages: Message[] = await conversation.messages({ limit: 1_000_000 });
const told = messages.map(({ seq, id, from, text, problem }) => ({ seq, id, from, text, problem }));
await client.close();
print(`history ${JSON.stringify(told)}`);
process.exit();

/** Reads what the other says, and reads some of it back. */
async function answer(message: Message): Promise<void> {
  if (message.from === client.person) return;
  await message.markRead();
  if (message.text.endsWith("0")) await message.acknowledge(message.text);
}

function joined(): Promise<Conversation> {
  return new Promise((resolve) => client.on("conversation", (event) => resolve(event.conversation)));
}
