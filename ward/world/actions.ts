import type { Client, Conversation, Message } from "@readback/core";
import { canary } from "../invariants/witness.ts";
import type { Device, Life } from "./device.ts";
import type { Step } from "./plan.ts";
import { revokeIn } from "./revoking.ts";
import type { World } from "./world.ts";

/** How often each happens, compared with the others. */
export const actionWeights = {
  open: 3,
  send: 60,
  read: 20,
  acknowledge: 6,
  reply: 4,
  edit: 5,
  recall: 2,
  react: 5,
  add: 4,
  remove: 2,
  leave: 1,
  addAgain: 2,
  contend: 4,
  newDevice: 0.5,
  restart: 2,
  // Only in some worlds, and then more than once.
  reinitialize: 0,
  revoke: 0,
} as const;

/** What people do. */
export type ActionName = keyof typeof actionWeights;

/** Something a person does with a running client. Rejects as the client does. */
type Deed = (world: World, life: Life, client: Client, step: Step) => Promise<void>;

const mostConversations = 6;
const mostDevices = 48;

const deeds: Record<ActionName, Deed> = {
  async open(world, _life, client, { b, c }) {
    if (world.witness.logs.size >= mostConversations) return;
    const others = world.persons.filter((person) => person !== client.person);
    const members = some(others, b, 1 + (c % 4));
    if (members.length > 0) await client.open({ members, subject: `${canary}subject` });
  },

  async send(world, life, client, { b, c }) {
    const conversation = pick(active(client), b);
    if (conversation === undefined) return;
    for (let i = 0; i <= (c % 8 === 0 ? 3 : 0); i++) await world.say(life, conversation);
  },

  async read(world, life, client, { b }) {
    const conversation = pick(active(client), b);
    const message = conversation && (await newestForeign(client, conversation));
    if (conversation === undefined || message?.seq === undefined) return;
    const { marked } = world.witness.device(life.device.fullName);
    marked.set(conversation.id, Math.max(message.seq, marked.get(conversation.id) ?? 0));
    await message.markRead();
  },

  async acknowledge(world, life, client, { b, c }) {
    const conversation = pick(active(client), b);
    const message = conversation && (await newestForeign(client, conversation));
    if (message === undefined) return;
    world.witness.device(life.device.fullName).acknowledged.add(message.id);
    await message.acknowledge(c % 2 === 0 ? undefined : `${canary}read back`);
  },

  async reply(world, life, client, { b }) {
    const conversation = pick(active(client), b);
    const message = conversation && (await newestForeign(client, conversation));
    if (conversation !== undefined && message !== undefined)
      await world.say(life, conversation, (text) => conversation.send(text, { inReplyTo: message }));
  },

  async edit(world, life, client, { b, c }) {
    const conversation = pick(active(client), b);
    const message = conversation && (await ownMessage(client, conversation, c));
    if (conversation !== undefined && message !== undefined)
      await world.say(life, conversation, (text) => message.edit(text));
  },

  async recall(world, life, client, { b, c }) {
    const conversation = pick(active(client), b);
    const message = conversation && (await ownMessage(client, conversation, c));
    if (conversation === undefined || message === undefined) return;
    if ((await message.status()) === "failed") return;
    await world.say(life, conversation, (text) => message.recall(text));
  },

  /** To a message of anybody, or to what it says now. */
  async react(world, life, client, { b, c }) {
    const conversation = pick(active(client), b);
    const messages = (await conversation?.messages({ limit: 8 })) ?? [];
    const message = pick(
      messages.filter(({ problem, seq }) => problem === undefined && seq !== undefined),
      c,
    );
    if (conversation === undefined || message === undefined) return;
    const { reactions } = (c >>> 8) % 2 === 0 ? message : await message.versions.current();
    if ((c >>> 9) % 4 === 0) await reactions.remove();
    else await world.say(life, conversation, (text) => reactions.add(text), true);
  },

  async add(world, _life, client, { b, c }) {
    const conversation = pick(active(client), b);
    if (conversation === undefined) return;
    const [person] = strangers(world, conversation, c);
    if (person !== undefined) await conversation.add([person]);
  },

  async remove(_world, _life, client, { b, c }) {
    const conversation = pick(active(client), b);
    if (conversation === undefined) return;
    const others = conversation.members().filter(({ person }) => person !== client.person);
    const other = pick(others, c);
    if (other !== undefined && others.length > 1) await conversation.remove([other.person]);
  },

  /** Removed by mistake: whoever it was is added again at once. */
  async addAgain(_world, _life, client, { b, c }) {
    const conversation = pick(active(client), b);
    if (conversation === undefined) return;
    const others = conversation.members().filter(({ person }) => person !== client.person);
    const other = pick(others, c);
    if (other === undefined || others.length < 2) return;
    await conversation.remove([other.person]);
    await conversation.add([other.person]);
  },

  /** Two change who is a member of one conversation while a third adds somebody to it. */
  async contend(world, _life, client, { a, b, c }) {
    const conversation = pick(active(client), b);
    if (conversation === undefined) return;
    const rivals = world.devices.filter(
      ({ client: other, person }) =>
        person !== client.person && other?.conversation(conversation.id)?.phase === "active",
    );
    const [newcomer, another] = strangers(world, conversation, a);
    for (const [index, { life }] of some(rivals, c, 1 + ((c >>> 16) % 2)).entries()) {
      const theirs = life?.client?.conversation(conversation.id);
      if (life === undefined || theirs === undefined) continue;
      const change = (c >>> (8 + 2 * index)) % 4;
      const begun =
        change === 0 && newcomer !== undefined
          ? theirs.add([newcomer])
          : change < 3 && theirs.members().length > 3
            ? theirs.leave()
            : theirs.remove([client.person]);
      begun.catch((error: unknown) => world.refused(life, "contend", error));
    }
    await pause(world, (b >>> 8) % 2 === 0 ? 0 : (b >>> 9) % 150);
    if (conversation.phase === "active" && another !== undefined) await conversation.add([another]);
  },

  async leave(_world, _life, client, { b }) {
    const conversation = pick(active(client), b);
    if (conversation !== undefined && conversation.members().length > 2) await conversation.leave();
  },

  async newDevice(world, _life, client) {
    if (world.devices.length < mostDevices) world.enroll(client.person);
  },

  /** The group ends, and one of another cipher suite follows it. */
  async reinitialize(_world, { device }, client, { b }) {
    const conversation = pick(active(client), b);
    const suite = device.suites.find((id) => id !== conversation?.suite);
    if (conversation !== undefined && suite !== undefined) await client.reinitialize(conversation, { suite });
  },

  /** It is lost, and its organisation revokes it. Those who are to tell of it stay. */
  async revoke(world, { device }) {
    const there = world.devices.filter(({ isRetired }) => !isRetired);
    if (world.trouble === undefined && there.length > 3) revokeIn(world, device);
  },

  async restart(_world, { device }) {
    await device.stop();
    await device.start();
  },
};

/** Lets one of the devices that run do something. Where none can, nothing happens. */
export function act(world: World, step: Step): void {
  const device = pick(world.devices.filter(canAct), step.a);
  const life = device?.life;
  if (life?.client === undefined) return;
  const deed = deeds[step.do as ActionName];
  deed(world, life, life.client, step).catch((error: unknown) => world.refused(life, step.do, error));
}

function canAct({ client, isRetired }: Device): boolean {
  return client !== undefined && !isRetired;
}

function active(client: Client): Conversation[] {
  return client.conversations().filter(({ phase }) => phase === "active");
}

async function newestForeign(client: Client, conversation: Conversation): Promise<Message | undefined> {
  const messages = await conversation.messages({ limit: 8 });
  return messages.findLast(({ from, problem }) => from !== client.person && problem === undefined);
}

/** One of the person's last few, on whichever device it was written, in the log or not yet. */
async function ownMessage(
  client: Client,
  conversation: Conversation,
  by: number,
): Promise<Message | undefined> {
  const messages = await conversation.messages({ limit: 16 });
  const own = messages.filter(({ from, problem }) => from === client.person && problem === undefined);
  return pick(own.slice(-3), by);
}

/** Persons who are no members, from one of them on. */
function strangers(world: World, conversation: Conversation, by: number): string[] {
  const present = new Set(conversation.members().map(({ person }) => person));
  const others = world.persons.filter((candidate) => !present.has(candidate));
  return some(others, by, others.length);
}

function pause(world: World, delay: number): Promise<void> {
  return new Promise((resolve) => world.scheduler.after(delay, "action", resolve));
}

function pick<T>(list: readonly T[], by: number): T | undefined {
  return list[by % Math.max(1, list.length)];
}

function some<T>(list: readonly T[], by: number, count: number): T[] {
  const start = by % Math.max(1, list.length);
  return [...list.slice(start), ...list.slice(0, start)].slice(0, count);
}
