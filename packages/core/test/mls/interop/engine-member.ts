import { hex } from "../../../src/codec/hex.ts";
import type { CipherSuite } from "../../../src/crypto/suite.ts";
import { encodeRatchetTree } from "../../../src/mls/ratchet-tree.ts";
import {
  type Capabilities,
  createGroup,
  createKeyPackage,
  createProposal,
  createUpdate,
  decodeMessage,
  defaultCapabilities,
  encodeMessage,
  epochAuthenticator,
  type Group,
  groupInfoOf,
  type HandshakeOptions,
  joinGroup,
  type KeyPackageBundle,
  type PreSharedKeyId,
  type Proposal,
  protectMessage,
  receiveHandshake,
  resumptionPsk,
  stageCommit,
  stageExternalJoin,
  unprotectMessage,
} from "../../../src/mls.ts";
import type { Random } from "../../../src/port/random.ts";
import { credentials, lifetime, type Person, person } from "../world.ts";
import {
  type Change,
  type CommitStyle,
  type ExternalKeys,
  type Member,
  type Outsider,
  privateExtension,
  type Sent,
} from "./member.ts";

/** Somebody whom the engine plays. */
export class EngineOutsider implements Outsider {
  readonly kind = "engine";
  readonly name: string;
  readonly #person: Person;
  readonly #capabilities: Capabilities;
  readonly #keys: ExternalKeys;
  #bundle: KeyPackageBundle | undefined;

  constructor(name: string, suite: CipherSuite, keys: ExternalKeys) {
    this.name = name;
    this.#person = person(name, suite);
    const capabilities = defaultCapabilities(suite);
    this.#capabilities = { ...capabilities, extensions: [...capabilities.extensions, privateExtension] };
    this.#keys = keys;
  }

  async keyPackage(): Promise<Uint8Array> {
    this.#bundle = createKeyPackage({ ...this.#person, lifetime, capabilities: this.#capabilities });
    return encodeMessage({ type: "key-package", keyPackage: this.#bundle.keyPackage });
  }

  async join(welcome: Uint8Array, ratchetTree: Uint8Array | undefined): Promise<Member> {
    if (this.#bundle === undefined) throw new Error("there is no key package");
    const memory = new Memory(this.#keys);
    const { suite } = this.#person;
    const { group } = joinGroup({ ...memory.options, suite, welcome, bundle: this.#bundle, ratchetTree });
    return new EngineMember(this.name, group, this.#person.random, memory);
  }

  async joinExternally(
    groupInfo: Uint8Array,
    ratchetTree: Uint8Array | undefined,
    { former, psks }: { former?: number | undefined; psks?: readonly PreSharedKeyId[] | undefined },
  ): Promise<{ member: Member; commit: Uint8Array }> {
    const memory = new Memory(this.#keys);
    const { next, commit } = stageExternalJoin({
      ...this.#person,
      ...memory.options,
      capabilities: this.#capabilities,
      groupInfo,
      ratchetTree,
      replaces: former,
      psks,
    });
    return { member: new EngineMember(this.name, next, this.#person.random, memory), commit };
  }

  async create(groupId: Uint8Array): Promise<Member> {
    const group = createGroup({ ...this.#person, lifetime, groupId, capabilities: this.#capabilities });
    return new EngineMember(this.name, group, this.#person.random, new Memory(this.#keys));
  }
}

/** The pre-shared keys of one member. */
class Memory {
  readonly options: HandshakeOptions;
  readonly #resumption = new Map<bigint, Uint8Array>();

  constructor(external: ExternalKeys) {
    this.options = {
      credentials,
      acceptExternalCommits: true,
      preSharedKeys: (id) =>
        id.type === "resumption" ? this.#resumption.get(id.epoch) : external.get(hex(id.id)),
    };
  }

  keep(group: Group): void {
    this.#resumption.set(group.epoch, resumptionPsk(group));
  }
}

class EngineMember implements Member {
  readonly kind = "engine";
  readonly name: string;
  readonly #random: Random;
  readonly #memory: Memory;
  #group: Group;

  constructor(name: string, group: Group, random: Random, memory: Memory) {
    this.name = name;
    this.#group = group;
    this.#random = random;
    this.#memory = memory;
    memory.keep(group);
  }

  get leafIndex(): number {
    return this.#group.ownLeaf;
  }

  get epoch(): bigint {
    return this.#group.epoch;
  }

  authenticator(): string {
    return hex(epochAuthenticator(this.#group));
  }

  tree(): Uint8Array {
    return encodeRatchetTree(this.#group.tree);
  }

  async groupInfo(withTree: boolean): Promise<Uint8Array> {
    return groupInfoOf(this.#group, { external: true, withTree });
  }

  async commit(changes: readonly Change[], { forcePath, tree }: CommitStyle): Promise<Sent> {
    const staged = stageCommit(this.#group, {
      ...this.#memory.options,
      random: this.#random,
      proposals: changes.map(proposalOf),
      forcePath,
      welcomeWithTree: tree,
    });
    this.#enter(staged.next);
    return staged;
  }

  async propose(change: Change): Promise<Uint8Array> {
    const { group, message } =
      change.type === "update"
        ? createUpdate(this.#group, { random: this.#random })
        : createProposal(this.#group, proposalOf(change));
    this.#group = group;
    await this.receive(message);
    return message;
  }

  async receive(message: Uint8Array): Promise<boolean> {
    const { group } = receiveHandshake(this.#group, message, this.#memory.options);
    if (group === undefined) return false;
    this.#enter(group);
    return true;
  }

  async send(data: Uint8Array, authenticatedData: Uint8Array): Promise<Uint8Array> {
    const sent = protectMessage(this.#group, data, { random: this.#random, authenticatedData });
    this.#group = sent.group;
    return sent.message;
  }

  async read(message: Uint8Array): Promise<Uint8Array> {
    const opened = unprotectMessage(this.#group, message);
    this.#group = opened.group;
    return opened.data;
  }

  #enter(group: Group): void {
    this.#group = group;
    this.#memory.keep(group);
  }
}

function proposalOf(change: Change): Proposal {
  switch (change.type) {
    case "add": {
      const message = decodeMessage(change.keyPackage);
      if (message.type !== "key-package") throw new Error("not a key package");
      return { type: "add", keyPackage: message.keyPackage };
    }
    case "update":
      throw new Error("an update cannot be carried by value");
    case "extension":
      return {
        type: "group-context-extensions",
        extensions: [{ type: privateExtension, data: change.data }],
      };
    default:
      return change;
  }
}
