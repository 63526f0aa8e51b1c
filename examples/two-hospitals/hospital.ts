/** One hospital: a client with its own SQLite file, and a person who reads and answers as soon as something comes. */
import {
  type Client,
  type Conversation,
  createClient,
  type Message,
  type MessageStatus,
  unsafeDevelopmentIdentity,
} from "@readback/core";
import { sqliteStorage } from "@readback/storage-sqlite";
import { webSocketTransport } from "@readback/transport-ws";
import { subject } from "./cast.ts";
import { fail, report, takeOrders } from "./child.ts";
import { allMessages } from "./history.ts";
import { isCritical, readBackOf } from "./script.ts";
import type { HospitalOrder } from "./talk.ts";

type Start = Extract<HospitalOrder, { type: "start" }>;

let client: Client;
let conversation: Conversation | undefined;
/** Our own messages: which turn each one is, by message id. */
const turns = new Map<string, number>();
/** Messages of the other that were acknowledged since this process began. */
const acknowledged = new Set<string>();

takeOrders<HospitalOrder>(async (order) => {
  if (order.type === "start") await start(order);
  else if (order.type === "say") await say(order.turn, order.text);
  else await client.close();
});

async function start({ database, storeKey, person, url, opensWith }: Start): Promise<void> {
  client = await createClient({
    identity: unsafeDevelopmentIdentity({ person }),
    transport: webSocketTransport(url),
    storage: sqliteStorage(database),
    storeKey: Buffer.from(storeKey, "hex"),
  });
  client.on("connection", ({ state }) => report({ type: "connection", state }));
  client.on("error", ({ error }) => {
    // That a relay cannot be reached is no more than being offline: the client goes on trying.
    if (error.code !== "transport-failed") report({ type: "problem", code: error.code });
  });
  client.on("conversation", (event) => begin(event.conversation));
  client.on("message", ({ message }) => answer([message]).catch(fail));
  client.on("receipt", ({ message, status, text }) => tell(message, status, text));

  const [stored] = client.conversations();
  if (stored !== undefined) await resume(stored);
  else if (opensWith !== undefined) begin(await client.open({ members: [opensWith], subject }));
}

/** After a crash the store alone says what was said, what became of it, and what is still to be answered. */
async function resume(stored: Conversation): Promise<void> {
  const messages = await allMessages(stored);
  const own = messages.filter(({ from }) => from === client.person);
  const others = messages.filter(({ from }) => from !== client.person);
  own.forEach(({ id }, turn) => {
    turns.set(id, turn);
  });
  report({ type: "resumed", own: own.length, others: others.length });
  begin(stored);
  await answer(others);
  for (const message of own) {
    const [receipt] = await message.receipts();
    tell(message, await message.status(), receipt?.text);
  }
}

function begin(started: Conversation): void {
  if (conversation !== undefined || started.phase !== "active") return;
  conversation = started;
  report({ type: "ready" });
}

async function say(turn: number, text: string): Promise<void> {
  if (turn < turns.size) return; // said before the crash, and durable since
  if (conversation === undefined || turn > turns.size) throw new Error(`Turn ${turn} is not due yet.`);
  const message = await conversation.send(text, { intent: isCritical(text) ? "critical" : "fyi" });
  turns.set(message.id, turn);
  tell(message, "queued");
}

/** An application leaves this to its screen and to the person: here both are as quick as can be. */
async function answer(messages: readonly Message[]): Promise<void> {
  const others = messages.filter(({ from, problem }) => from !== client.person && problem === undefined);
  // What is displayed implies everything before it.
  await others.at(-1)?.markRead();
  for (const message of others) {
    if (message.intent !== "critical" || (await isAcknowledged(message))) continue;
    acknowledged.add(message.id);
    await message.acknowledge(readBackOf(message.text));
  }
}

async function isAcknowledged(message: Message): Promise<boolean> {
  if (acknowledged.has(message.id)) return true;
  const ours = (await message.receipts()).find(({ person }) => person === client.person);
  return ours?.status === "acknowledged";
}

function tell({ id }: Message, status: MessageStatus, text?: string): void {
  const turn = turns.get(id);
  if (turn === undefined) return; // `send` has not resolved yet; it tells where the message stands then
  report({ type: "step", turn, status, ...(text === undefined ? {} : { text }) });
}
