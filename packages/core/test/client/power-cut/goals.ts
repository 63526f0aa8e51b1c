import type { Client } from "../../../src/client/client.ts";
import type { Conversation } from "../../../src/client/conversation.ts";
import type { Message } from "../../../src/client/message.ts";
import { hasCode } from "../../../src/error.ts";
import type { Stage } from "./stage.ts";

/** Something that an application wants done, written so that it can be cut off anywhere and begun anew. */
export type Goal = (client: Client, isAgain: boolean) => Promise<void>;

/** The one conversation that a client has. */
export function only(client: Client): Conversation | undefined {
  return client.conversations()[0];
}

/** Everything a client has of the conversation. */
export async function historyOf(client: Client): Promise<Message[]> {
  return (await only(client)?.messages({ limit: 1_000 })) ?? [];
}

/** To be reachable. */
export const beOnline: Goal = (client) => client.online();

/** To have opened one conversation. An opening that was cut off may go on by itself. */
export function open(stage: Stage, members: readonly string[]): Goal {
  return async (client, isAgain) => {
    if (isAgain) await stage.calm();
    if (only(client) === undefined) await client.open({ members, subject: "Bed 12" });
  };
}

/** To have said a text, once. What a restarted client finds in its store counts as said. */
export function say(stage: Stage, text: string): Goal {
  return async (client, isAgain) => {
    const isThere = async () => (await historyOf(client)).some((message) => message.text === text);
    if (!isAgain || !(await isThere())) {
      try {
        await conversationOf(client).send(text);
      } catch (error) {
        if (hasCode(error, "storage-full") && (await isThere()))
          stage.violations.push("a text was refused since the disk was full, and is there");
        throw error;
      }
    }
    stage.observed.promised.add(text);
  };
}

/** To have marked everything as read. */
export const markAllRead: Goal = async (client) => {
  const foreign = (await historyOf(client)).filter(({ from }) => from !== client.person);
  await foreign.at(-1)?.markRead();
};

/** To have read a message back. */
export function readBack(stage: Stage, text: string, words: string): Goal {
  return async (client, isAgain) => {
    if (isAgain) await stage.calm();
    const message = (await historyOf(client)).find((candidate) => candidate.text === text);
    if (message === undefined) throw new Error(`There is nothing to read back: ${text}`);
    const ours = (await message.receipts()).find(({ person }) => person === client.person);
    if (ours?.status !== "acknowledged") await message.acknowledge(words);
  };
}

/** To have edited a message, once. What a restarted client finds in its store counts as said. */
export function edit(text: string, changed: string): Goal {
  return async (client, isAgain) => {
    const message = await messageOf(client, text);
    const isThere = async () => (await message.versions.all()).some((version) => version.text === changed);
    if (!isAgain || !(await isThere())) await message.edit(changed);
  };
}

/** To have recalled a message. */
export function recall(text: string, reason: string): Goal {
  return async (client, isAgain) => {
    const message = await messageOf(client, text);
    const isThere = async () => (await message.versions.current()).isRecall;
    if (!isAgain || !(await isThere())) await message.recall(reason);
  };
}

/** To have put a sign to a message. */
export function react(text: string, sign: string): Goal {
  return async (client) => (await messageOf(client, text)).reactions.add(sign);
}

async function messageOf(client: Client, text: string): Promise<Message> {
  const message = (await historyOf(client)).find((candidate) => candidate.text === text);
  if (message === undefined) throw new Error(`There is no such message: ${text}`);
  return message;
}

/** To have added a person. */
export function add(stage: Stage, person: string): Goal {
  return async (client, isAgain) => {
    if (isAgain) await stage.calm();
    if (!personsOf(client).includes(person)) await conversationOf(client).add([person]);
  };
}

/** To have removed a person. */
export function remove(stage: Stage, person: string): Goal {
  return async (client, isAgain) => {
    if (isAgain) await stage.calm();
    if (personsOf(client).includes(person)) await conversationOf(client).remove([person]);
  };
}

/** To have left. */
export function leave(stage: Stage): Goal {
  return async (client, isAgain) => {
    if (isAgain) await stage.calm();
    const conversation = conversationOf(client);
    if (conversation.phase === "active") await conversation.leave();
  };
}

/** The devices that a client counts as members. */
export function devicesOf(client: Client): string[] {
  const members = only(client)?.members() ?? [];
  return members.flatMap(({ person, devices }) => devices.map((device) => `${person}/${device}`)).sort();
}

function personsOf(client: Client): string[] {
  return conversationOf(client)
    .members()
    .map(({ person }) => person);
}

function conversationOf(client: Client): Conversation {
  const conversation = only(client);
  if (conversation === undefined) throw new Error("There is no conversation.");
  return conversation;
}
