import type { Client, Conversation, Message } from "@readback/core";
import { defaultCryptoProvider, withSuites } from "../../core/src/crypto.ts";
import { experimentalMlKem768P256Suite } from "../../core/src/experimental.ts";
import { type World, world } from "../../core/test/client/world.ts";

/** A consult between two hospitals, up to a value that was read back, and what is needed to go on with it. */
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

/** What has to be read back. */
export const potassium = { name: "potassium", value: "6.8", unit: "mmol/L" };

/**
 * Ada writes; all devices of Ben and Cyd receive it; Ben's phone shows it, Ben reads back, and Ada confirms. A minute
 * passes before each of these.
 */
export async function consult(seed: string, suite = 2): Promise<Consult> {
  const crypto = withSuites(defaultCryptoProvider(), experimentalMlKem768P256Suite);
  const made = world(seed, { crypto });
  const ada = await made.client("ada@mercy.example", { crypto, suites: [suite] });
  const ben = await made.client("ben@st-lukes.example", { crypto, suites: [suite] });
  const tablet = await made.client("ben@st-lukes.example", { crypto, suites: [suite], device: "tablet" });
  const cyd = await made.client("cyd@st-lukes.example", { crypto, suites: [suite] });
  const members = [ben.person, cyd.person];
  const conversation = await ada.open({ members, subject: "Bed 12" });
  const conversations = () => [ben, tablet, cyd].map((client) => client.conversation(conversation.id));
  await made.until(() => conversations().every((each) => each?.members().length === 3), "everybody joined");
  made.clock.advance(60_000);
  const request = { of: [ben.person], values: [potassium] };
  const deadline = made.clock.now() + 3_600_000;
  const sent = await conversation.send("Bed 12.", { intent: "critical", deadline, request });
  await made.until(async () => (await sent.status()) === "delivered", "delivery");
  const received = ben.conversation(conversation.id) as Conversation;
  const [shown] = await received.messages();
  made.clock.advance(60_000);
  await shown?.markRead();
  await made.until(async () => (await statusOf(sent, ben.person)) === "read", "reading");
  made.clock.advance(60_000);
  await shown?.readBack([potassium], "Giving calcium.");
  await made.until(async () => (await sent.loop())?.answers.length === 1, "reading back");
  made.clock.advance(60_000);
  await (await sent.loop())?.answers[0]?.confirm();
  await made.until(async () => (await shown?.loop())?.state === "confirmed", "confirming");
  await made.settle();
  const [message = sent] = await conversation.messages();
  return { world: made, ada, ben, conversation, message, received };
}

async function statusOf(message: Message, person: string): Promise<string | undefined> {
  return (await message.receipts()).find((each) => each.person === person)?.status;
}
