import assert from "node:assert/strict";
import type { Client, Conversation } from "@readback/core";
import type { ClientMessage, RelayMessage } from "@readback/core/wire";
import type { RelayLimits } from "@readback/relay";
import { comeToRest, judgeRest } from "../invariants/rest.ts";
import { Violation } from "../invariants/violation.ts";
import type { Credentials } from "../world/credentials.ts";
import type { Device } from "../world/device.ts";
import type { Between } from "../world/watched-transport.ts";
import { World } from "../world/world.ts";

const patience = 10 * 60_000;

/** What a scenario needs besides its name. */
export interface SceneOptions {
  readonly crypto?: "model" | "real";
  /** Codes that clients may report in it besides the usual ones. */
  readonly allowed?: readonly string[];
  /** What clients may find out about a log, its relay and its members besides the usual. */
  readonly findings?: readonly string[];
  /** Whether a relay or a member lies, so that devices may show gaps and other times. */
  readonly isLiedTo?: boolean;
  /** Whether the relay's store can be put back to an earlier state. */
  readonly isRepeatable?: boolean;
  /** What the relay allows other than by default. */
  readonly limits?: Partial<RelayLimits>;
  /** Who issues credentials, and how they are judged. */
  readonly credentials?: Credentials;
}

/** A world in which a scenario says what happens. All invariants hold in it, unless it says otherwise. */
export class Scene {
  readonly world: World;

  /** @param name - also the seed */
  constructor(name: string, options: SceneOptions = {}) {
    const { crypto = "model", allowed = [], findings = [], isLiedTo = false, isRepeatable = false } = options;
    const plan = { seed: name, crypto, people: [], length: 0, steps: [], isRenewing: false };
    this.world = new World(plan, isRepeatable, options.limits, options.credentials);
    for (const code of allowed) this.world.witness.allowedErrors.add(code);
    for (const finding of findings) this.world.witness.allowedFindings.add(finding);
    this.world.witness.isLiedTo = isLiedTo;
    this.world.startRelay();
  }

  /**
   * Brings in a device and waits until others can reach it.
   *
   * @param suites - the cipher suites of its clients
   */
  async device(
    person: string,
    name = "phone",
    between?: Between,
    suites?: readonly number[],
  ): Promise<Device> {
    const device = this.world.enroll(person, name, suites);
    device.between = between;
    await this.until(() => device.client?.connection === "online", `${person} is online`);
    // Others find its keys only once they are published.
    await this.of(clientOf(device).online());
    return device;
  }

  /** Several phones, one for each person. */
  async devices<Persons extends readonly string[]>(
    ...persons: Persons
  ): Promise<{ [K in keyof Persons]: Device }> {
    const devices: Device[] = [];
    for (const person of persons) devices.push(await this.device(person));
    return devices as { [K in keyof Persons]: Device };
  }

  /** Opens a conversation and waits until all devices of those invited are in it. Returns its identifier. */
  async open(device: Device, ...invited: readonly Device[]): Promise<string> {
    const members = [...new Set(invited.map(({ person }) => person))].filter(
      (each) => each !== device.person,
    );
    const { id } = await this.of(clientOf(device).open({ members }));
    await this.until(() => invited.every((other) => phaseOf(other, id) === "active"), "all have joined");
    return id;
  }

  /** Lets a device say something and waits until that is durable on it. */
  async say(device: Device, id: string): Promise<string> {
    const { life } = device;
    if (life === undefined) throw new Violation("S", `${device.fullName} is off`);
    return this.of(this.world.say(life, conversationOf(device, id)));
  }

  /** Lets everything happen until something is so. */
  async until(check: () => boolean, what: string, within = patience): Promise<void> {
    const { scheduler } = this.world;
    if (!(await scheduler.run(scheduler.now + within, check)))
      throw new Violation("S", `this never came true: ${what}`);
  }

  /** Lets everything happen until a promise is settled. */
  async of<T>(promise: Promise<T>, within = patience): Promise<T> {
    let isOver = false;
    const over = (): void => {
      isOver = true;
    };
    promise.then(over, over);
    await this.until(() => isOver, "a promise settles", within);
    return promise;
  }

  /** Lets so many milliseconds pass. */
  async pass(milliseconds: number): Promise<void> {
    await this.world.scheduler.run(this.world.scheduler.now + milliseconds);
  }

  /** The code that a promise rejects with. */
  async codeOf(promise: Promise<unknown> | undefined): Promise<string> {
    const code = promise?.then(
      () => "nothing",
      (error: { code?: string }) => String(error.code),
    );
    return this.of(code ?? Promise.resolve("no promise"));
  }

  /** What a device shows of a conversation, problems in brackets. */
  async texts(device: Device, id: string): Promise<string[]> {
    const messages = await this.of(conversationOf(device, id).messages({ limit: 100_000 }));
    return messages.map(({ text, problem }) => (problem === undefined ? text : `[${problem}]`));
  }

  /** All these devices show the same, and this many. */
  async allShow(devices: readonly Device[], id: string, count: number): Promise<void> {
    const [first, ...others] = devices as [Device, ...Device[]];
    await this.allHold(devices, id, count);
    const texts = await this.texts(first, id);
    assert.equal(texts.length, count);
    for (const other of others) assert.deepEqual(await this.texts(other, id), texts);
  }

  /** All these devices have this many places of a conversation, gaps included. */
  async allHold(devices: readonly Device[], id: string, count: number): Promise<void> {
    const held = (device: Device): number =>
      this.world.witness.device(device.fullName).held.get(id)?.size ?? 0;
    await this.until(() => devices.every((device) => held(device) >= count), `all hold ${count}`);
  }

  /** Whether a device has found something out. */
  hasFound(device: Device, what: string): boolean {
    return this.world.witness.integrity.some(
      (found) => found.device === device.fullName && found.what === what,
    );
  }

  /** The number of entries of one kind in a log. */
  count(id: string, kind: string): number {
    return this.world.witness.logs.get(id)?.entries.filter((entry) => entry.kind === kind).length ?? 0;
  }

  /** Turns a device off and on. */
  async crash(device: Device): Promise<void> {
    device.crash();
    await this.of(device.start());
  }

  /** Repairs everything, waits for rest and judges it. */
  async end(): Promise<void> {
    await comeToRest(this.world);
    await judgeRest(this.world);
  }
}

/** The client of a device that runs. */
export function clientOf(device: Device): Client {
  if (device.client === undefined) throw new Violation("S", `${device.fullName} is off`);
  return device.client;
}

/** A conversation as a device has it. */
export function conversationOf(device: Device, id: string): Conversation {
  const conversation = clientOf(device).conversation(id);
  if (conversation === undefined) throw new Violation("S", `${device.fullName} has no such conversation`);
  return conversation;
}

/** Where a conversation stands for a device. */
export function phaseOf(device: Device, id: string): string | undefined {
  return device.client?.conversation(id)?.phase;
}

/** The persons that a device counts as members. */
export function personsOf(device: Device, id: string): string[] {
  return conversationOf(device, id)
    .members()
    .map(({ person }) => person)
    .sort();
}

/** Whether a message appends something of this kind. */
export function isAppend(message: ClientMessage, kind: string): boolean {
  return message.type === "request" && message.request.type === "append" && message.request.kind === kind;
}

/** Whether a message tells of a log's entry, by itself or on being asked. */
export function tellsOfLog(message: RelayMessage): boolean {
  return message.type === "entry" || (message.type === "answer" && message.answer.type === "entries");
}
