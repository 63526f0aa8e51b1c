import type { Client, Conversation, Message } from "@readback/core";
import { type World, world } from "../../core/test/client/world.ts";

/** A consult between two hospitals, up to a message that was acknowledged, and what is needed to go on with it. */
export interface Consult {
  readonly world: World;
  readonly ada: Client;
  readonly ben: Client;
  /** As the author has it. */
  readonly conversation: Conversation;
  readonly message: Message;
  /** The same conversation as the other side has it. */
  readonly received: Conversation;
}

/** Ada writes, Ben's phone shows it, Ben acknowledges; a tablet of Ben and Cyd are there and only receive it. */
export async function consult(seed: string, suite = 2): Promise<Consult> {
  const made = world(seed);
  const ada = await made.client("ada@mercy.example", { suite });
  const ben = await made.client("ben@st-lukes.example", { suite });
  const tablet = await made.client("ben@st-lukes.example", { suite, device: "tablet" });
  const cyd = await made.client("cyd@st-lukes.example", { suite });
  const members = [ben.person, cyd.person];
  const conversation = await ada.open({ members, subject: "Bed 12" });
  const conversations = () => [ben, tablet, cyd].map((client) => client.conversation(conversation.id));
  await made.until(() => conversations().every((each) => each?.members().length === 3), "everybody joined");
  const message = await conversation.send("K 6.8, bed 12. Please read back.", { intent: "critical" });
  await made.until(async () => (await message.status()) === "delivered", "delivery");
  const received = ben.conversation(conversation.id) as Conversation;
  const [shown] = await received.messages();
  await shown?.markRead();
  await made.until(async () => (await statusOf(message, ben.person)) === "read", "reading");
  await shown?.acknowledge("K 6.8");
  await made.until(async () => (await statusOf(message, ben.person)) === "acknowledged", "acknowledging");
  await made.settle();
  const [sent = message] = await conversation.messages();
  return { world: made, ada, ben, conversation, message: sent, received };
}

async function statusOf(message: Message, person: string): Promise<string | undefined> {
  return (await message.receipts()).find((each) => each.person === person)?.status;
}
