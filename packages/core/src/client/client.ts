import { packagesOfMembers } from "../conversation/continue.ts";
import { logSuiteId } from "../conversation/log-entry.ts";
import { openConversation } from "../conversation/open.ts";
import { openContinued } from "../conversation/open-continued.ts";
import { defaultCryptoProvider } from "../crypto/default-provider.ts";
import type { CipherSuite } from "../crypto/suite.ts";
import { ReadbackError } from "../error.ts";
import { ClientRuntime } from "./client-runtime.ts";
import { checkContinuable, othersIn } from "./continuing.ts";
import type { Conversation } from "./conversation.ts";
import { loadDevice, suiteOf } from "./device.ts";
import type { ClientEvents } from "./events.ts";
import { type Begin, openAt } from "./opening.ts";
import type { ClientOptions } from "./options.ts";
import { checkPersons, claimKeyPackages } from "./recipients.ts";
import { reinitialize } from "./reinitializing.ts";
import { systemRandom } from "./system.ts";
import { storeKeySize, Vault } from "./vault.ts";

/** Who a conversation is with, and about what. */
export interface OpenOptions {
  /** The other persons, each with all devices; at least one. */
  readonly members: readonly string[];
  /** What it is about, at most 1,024 bytes of UTF-8. Only members can read it. */
  readonly subject?: string;
  /** The cipher suite, one of those that the client has: the first of them unless given. All devices need to have it. */
  readonly suite?: number;
  /** Ends the wait. */
  readonly signal?: AbortSignal;
}

/** One device of one person. */
export class Client {
  readonly #runtime: ClientRuntime;

  /** @internal */
  constructor(runtime: ClientRuntime) {
    this.#runtime = runtime;
  }

  /** The person it belongs to. */
  get person(): string {
    return this.#runtime.engine.device.identity.person;
  }

  /** Its name among the devices of the person. */
  get device(): string {
    return this.#runtime.engine.device.identity.device;
  }

  /** Whether there is a connection right now. */
  get connection(): "online" | "offline" {
    return this.#runtime.presence.session === undefined ? "offline" : "online";
  }

  /**
   * Resolves as soon as there is a connection and others can reach this device. Rejects with `aborted` or `closed`.
   * Nothing needs it but a program that must not go on before.
   */
  async online(options?: { readonly signal?: AbortSignal }): Promise<void> {
    await this.#runtime.presence.online(options?.signal);
  }

  /**
   * Opens a conversation. Waits for the connection, since it takes fresh keys of every device; resolves once the log has
   * it. Rejects with `unknown-recipient`, `invalid-argument`, `unsupported-suite`, `text-too-long`, `aborted`, `closed`, `transport-failed`
   * where the connection is lost meanwhile, `relay-refused` or an `mls-…` code. Once `signal` aborts, it may or may not come to be.
   */
  async open(options: OpenOptions): Promise<Conversation> {
    const { members, subject = "", signal } = options;
    const { device } = this.#runtime.engine;
    const suite = options.suite === undefined ? device.suites[0] : suiteOf(device, options.suite);
    checkPersons(members);
    if (members.includes(this.person)) {
      throw new ReadbackError("invalid-argument", "One's own devices are members by themselves.");
    }
    const { session, keyPackages } = await this.#claim(members, suite, signal);
    const begin: Begin = (common, tools) =>
      openConversation({ ...common, suite, subject, keyPackages }, tools);
    return (await openAt(this.#runtime, session, begin, signal)).conversation;
  }

  /**
   * Goes on with a conversation at the relay that this client is connected to, where that is another one than keeps its log:
   * since it is gone, has signed two histories, or is not wanted any more. Makes a new conversation of those devices of the
   * old one that can be reached there, which only members of the old group can make or join; the old one is only read from
   * then on. All other members come along, unless `members` lists some of them. Waits for the connection; resolves once the
   * new log has it. Rejects with `unknown-conversation`, `invalid-argument` where the relay is the same or somebody listed
   * is no other member, `not-a-member`, `conversation-moved`, and what {@link Client.open} rejects with.
   */
  async continueHere(
    conversation: Conversation,
    options: Partial<Pick<OpenOptions, "members" | "signal">> = {},
  ): Promise<Conversation> {
    const { signal } = options;
    const old = this.#runtime.conversation(conversation.id);
    if (old === undefined)
      throw new ReadbackError("unknown-conversation", "There is no such conversation here.");
    const { members = othersIn(old) } = options;
    // A group and its branch have one suite (RFC 9420 §11.3).
    const { suite } = checkContinuable(old, members);
    const { session, keyPackages } = await this.#claim(members, suite, signal);
    if (old.isHub(session))
      throw new ReadbackError("invalid-argument", "This relay keeps the conversation already.");
    const begin: Begin = (common, tools) => {
      // Meanwhile somebody else may have moved it.
      const group = checkContinuable(old, members);
      const { state } = old;
      const found = packagesOfMembers(tools.authority, group, keyPackages);
      return openContinued({ ...common, suite, subject: state.subject, keyPackages: found }, state, tools);
    };
    return (await openAt(this.#runtime, session, begin, signal)).conversation;
  }

  /** All conversations of this device, also those it has left. */
  conversations(): Conversation[] {
    return this.#runtime.conversations
      .filter(({ state }) => state.phase !== "creating")
      .map((r) => r.conversation);
  }

  /** The conversation with this identifier, or `undefined`. */
  conversation(id: string): Conversation | undefined {
    return this.conversations().find((conversation) => conversation.id === id);
  }

  /** Calls `listener` for each event from now on. Returns its undo. */
  on<Name extends keyof ClientEvents>(
    name: Name,
    listener: (payload: ClientEvents[Name]) => unknown,
  ): () => void {
    return this.#runtime.events.on(name, listener);
  }

  /** Goes offline, lets go of the store and overwrites its key in memory. Idempotent; nothing durable is lost. */
  close(): Promise<void> {
    return this.#runtime.close();
  }

  /**
   * Ends the group of a conversation so that one of another cipher suite follows it (RFC 9420 §11.2): a new conversation of
   * all its devices, with the same subject, at the same relay. The old one is only read from then on, also by who comes
   * back later; what others have not received by then gets no receipt. Where this device disappears half-way, others carry
   * it on. Waits for the connection; resolves once the new log is open. Rejects with `unknown-conversation`,
   * `unsupported-suite` where this device does not have the suite, `unknown-recipient` where that of a member does not,
   * `invalid-argument` where the conversation has the suite already, `not-a-member`,
   * `conversation-moved` where somebody else has done so meanwhile, and what {@link Client.open} rejects with.
   */
  async reinitialize(
    conversation: Conversation,
    options: { readonly suite: number; readonly signal?: AbortSignal },
  ): Promise<Conversation> {
    const old = this.#runtime.conversation(conversation.id);
    if (old === undefined)
      throw new ReadbackError("unknown-conversation", "There is no such conversation here.");
    const following = await reinitialize(old, options.suite, options.signal);
    const next = await this.#runtime.succession.come(old, following, options.signal);
    return next.conversation;
  }

  async #claim(others: readonly string[], suite: CipherSuite, signal: AbortSignal | undefined) {
    const { engine, presence } = this.#runtime;
    const session = await presence.online(signal);
    const request = { suite: suite.id, persons: [...others, this.person], except: [] };
    return { session, keyPackages: await claimKeyPackages(session, engine, request) };
  }
}

/**
 * Makes a client from its parts. Resolves when what is stored is loaded; the connection comes and goes by itself, as
 * `connection` events tell. Rejects with `storage-wrong-key`, `storage-damaged` or other `storage-…` codes, with
 * `invalid-argument`, `unsupported-suite`, `enrolment-failed` and `aborted`; the storage is then closed.
 */
export async function createClient(options: ClientOptions): Promise<Client> {
  const { identity, storage, crypto = defaultCryptoProvider(), random = systemRandom } = options;
  try {
    const key = storeKeyOf(options);
    const vault = await Vault.open(storage, crypto.aes256Gcm, key, random);
    const { suites = [logSuiteId] } = options;
    const device = await loadDevice(vault, identity, suites, crypto, logSuiteId, random, options.signal);
    const runtime = new ClientRuntime(vault, device, options);
    await runtime.start();
    return new Client(runtime);
  } catch (error) {
    await storage.close();
    throw error;
  }
}

function storeKeyOf({ storeKey, storage, random = systemRandom }: ClientOptions): Uint8Array {
  // Not `slice`: that of a Node `Buffer` shares its bytes, and closing would overwrite the key of the caller.
  if (storeKey !== undefined) return new Uint8Array(storeKey);
  if ("reopen" in storage) return random(storeKeySize);
  throw new ReadbackError("invalid-argument", "A store that outlives the process needs a store key.");
}
