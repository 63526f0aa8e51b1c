import { unsafeDevelopmentAuthority } from "@readback/core";
import { handshakeRules, verifyHead } from "@readback/core/log";
import {
  type CommitOptions,
  createGroup,
  createProposal,
  type Extension,
  type Group,
  groupInfoOf,
  joinGroup,
  type KeyPackageBundle,
  type Proposal,
  protectMessage,
  receiveHandshake,
  type StagedCommit,
  stageCommit,
  unprotectMessage,
} from "@readback/core/mls";
import type { Answer, AppendRequest, InboxItem, LogEntry } from "@readback/core/wire";
import { fromUtf8, utf8 } from "@readback/core/wire";
import { Device } from "./device.ts";
import { crypto, type Surroundings, type World } from "./world.ts";

const { credentials } = handshakeRules(unsafeDevelopmentAuthority(), 0);

/** How a log is opened by somebody alone. */
export const alone = { type: "create", epoch: 0n, welcome: undefined, groupInfo: undefined } as const;

/** A device in one conversation, with a real group: does what a client does, and whatever else a test wants. */
export class Member {
  readonly device: Device;
  readonly conversation: Uint8Array;
  group!: Group;
  bundle!: KeyPackageBundle;

  constructor(device: Device, conversation: Uint8Array) {
    this.device = device;
    this.conversation = conversation;
  }

  get leaf(): number {
    return this.group.ownLeaf;
  }

  /** Makes the group of this device alone. */
  found(change: Partial<Parameters<typeof createGroup>[0]> = {}): Uint8Array {
    const { suite, credential, keys, world } = this.device;
    const seconds = BigInt(Math.floor(world.clock.now() / 1_000));
    this.group = createGroup({
      suite,
      groupId: this.conversation,
      credential,
      signatureKeyPair: keys,
      random: world.random,
      lifetime: { notBefore: seconds - 3_600n, notAfter: seconds + 86_400n },
      ...change,
    });
    return groupInfoOf(this.group, { withTree: true });
  }

  create(payload = this.found()): Promise<Answer> {
    return this.device.request({ ...alone, conversation: this.conversation, payload });
  }

  append(request: Partial<AppendRequest> & { payload: Uint8Array }): Promise<Answer> {
    return this.device.request({
      type: "append",
      conversation: this.conversation,
      kind: "application",
      epoch: this.group.epoch,
      welcome: undefined,
      groupInfo: undefined,
      ...request,
    });
  }

  /** Encrypts a text; the key is used up whether or not it is sent. */
  encrypt(text: string): Uint8Array {
    const sealed = protectMessage(this.group, utf8(text), { random: this.device.world.random });
    this.group = sealed.group;
    return sealed.message;
  }

  say(text: string): Promise<Answer> {
    return this.append({ payload: this.encrypt(text) });
  }

  stage(proposals: readonly Proposal[] = [], options: Partial<CommitOptions> = {}): StagedCommit {
    const { random, clock } = this.device.world;
    return stageCommit(this.group, { proposals, credentials, random, now: clock.now(), ...options });
  }

  submit({ commit, welcome, groupInfo }: StagedCommit, change: Partial<AppendRequest> = {}): Promise<Answer> {
    return this.append({ kind: "commit", payload: commit, welcome, groupInfo, ...change });
  }

  /** Commits, and goes on with the new group if it is accepted. */
  async commit(proposals: readonly Proposal[] = []): Promise<Answer> {
    const staged = this.stage(proposals);
    const answer = await this.submit(staged);
    if (answer.type === "appended") this.group = staged.next;
    return answer;
  }

  propose(proposal: Proposal): Promise<Answer> {
    return this.append({ kind: "proposal", payload: createProposal(this.group, proposal).message });
  }

  /** Publishes a key package and returns the proposal that adds this device. */
  async invitation(): Promise<Proposal> {
    this.bundle = this.device.keyPackage();
    const { bytes, keyPackage } = this.bundle;
    await this.device.request({
      type: "publish",
      replaces: false,
      keyPackages: [bytes],
      lastResort: undefined,
    });
    return { type: "add", keyPackage };
  }

  join(item: InboxItem): void {
    if (item.type !== "welcome") throw new Error("expected a Welcome");
    const { suite } = this.device;
    this.group = joinGroup({ suite, welcome: item.welcome, bundle: this.bundle, credentials }).group;
  }

  /** The rest of the log after an entry. */
  async fetch(after: number, limit = 512): Promise<Extract<Answer, { type: "entries" }>> {
    const answer = await this.device.request({
      type: "fetch",
      conversation: this.conversation,
      after,
      limit,
    });
    if (answer.type !== "entries") throw new Error(`expected entries, found ${JSON.stringify(answer)}`);
    const suite = crypto.suite(2);
    if (suite === undefined || !verifyHead(suite, this.device.challenge.logKey, answer.head)) {
      throw new Error("expected a head with a valid signature");
    }
    return answer;
  }

  /** Processes an entry of somebody else; returns the text of a message. */
  take({ header, payload }: LogEntry): string | undefined {
    if (payload === undefined) throw new Error("expected a payload");
    if (header.kind === "application" || header.kind === "receipt") {
      const opened = unprotectMessage(this.group, payload);
      this.group = opened.group;
      return fromUtf8(opened.data);
    }
    const options = { credentials, now: header.acceptedAt, acceptExternalCommits: "resync" } as const;
    const received = receiveHandshake(this.group, payload, options);
    if (received.group !== undefined) this.group = received.group;
    return undefined;
  }
}

/** Logs devices in. */
export async function logInAll(world: Surroundings, ...names: string[]): Promise<Device[]> {
  const devices = names.map((name) => new Device(world, name));
  for (const device of devices) await device.logIn();
  return devices;
}

/** A conversation of several devices: the first one has created it and added the others in one commit (entry 2). */
export function makeConversation(world: World, ...names: string[]): Promise<Member[]> {
  return makeConversationWith(world, [], ...names);
}

/** The same, of a group that has these extensions from the beginning. */
export async function makeConversationWith(
  world: World,
  extensions: readonly Extension[],
  ...names: string[]
): Promise<Member[]> {
  const devices = await logInAll(world, ...names);
  const id = world.random(32);
  const members = devices.map((device) => new Member(device, id));
  const [founder, ...others] = members as [Member, ...Member[]];
  await founder.create(founder.found({ extensions }));
  if (others.length === 0) return members;
  const invitations = [];
  for (const other of others) invitations.push(await other.invitation());
  const answer = await founder.commit(invitations);
  if (answer.type !== "appended")
    throw new Error(`expected the commit to be taken: ${JSON.stringify(answer)}`);
  for (const other of others) {
    for (const { item } of await world.store.readInbox(other.device.name, 0, 1_000_000)) {
      if (item.type === "welcome") other.join(item);
    }
  }
  return members;
}
