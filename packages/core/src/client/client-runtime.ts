import { hex } from "../codec/hex.ts";
import type { ConversationState } from "../conversation/state.ts";
import type { ConversationEvent } from "../conversation/step.ts";
import { hasCode, ReadbackError } from "../error.ts";
import type { Logger } from "../port/logger.ts";
import type { Transport } from "../port/transport.ts";
import type { RelayMessage } from "../wire/message.ts";
import { endContinued } from "./continuing.ts";
import { ConversationRuntime } from "./conversation-runtime.ts";
import { CredentialRenewal } from "./credential-renewal.ts";
import type { Device } from "./device.ts";
import { Emitter } from "./emitter.ts";
import { Engine } from "./engine.ts";
import type { ClientEvents } from "./events.ts";
import { FreshnessWatch } from "./freshness-watch.ts";
import { Inbox } from "./inbox.ts";
import { KeyPackageStock } from "./key-packages.ts";
import { Link } from "./link.ts";
import { LostWelcomes } from "./lost-welcomes.ts";
import type { ClientOptions } from "./options.ts";
import { OwnDevices } from "./own-devices.ts";
import { Presence } from "./presence.ts";
import { RetentionSweep } from "./retention.ts";
import type { Session } from "./session.ts";
import { Succession } from "./succession.ts";
import { systemClock, systemRandom } from "./system.ts";
import type { Vault } from "./vault.ts";

type Push = Extract<RelayMessage, { type: "entry" | "inbox" | "claimed" | "goodbye" }>;

/** Everything that runs while a client is open, wired together. */
export class ClientRuntime {
  readonly #runtimes = new Map<string, ConversationRuntime>();
  readonly #link: Link;
  readonly #inbox: Inbox;
  readonly #ownDevices: OwnDevices;
  readonly #freshness: FreshnessWatch;
  readonly #keyPackages: KeyPackageStock;
  readonly #lostWelcomes: LostWelcomes;
  readonly #retention: RetentionSweep;
  readonly #renewal: CredentialRenewal;
  readonly #log: Logger;
  #inboxQueue: Promise<void> = Promise.resolve();
  #isClosed = false;
  readonly engine: Engine;
  readonly presence = new Presence();
  readonly succession: Succession;
  readonly events: Emitter<ClientEvents>;

  /** Does nothing until {@link ClientRuntime.start}. */
  constructor(
    vault: Vault,
    device: Device,
    options: Omit<ClientOptions, "storage"> & { transport: Transport },
  ) {
    const { clock = systemClock, random = systemRandom, logger = () => {} } = options;
    this.#log = logger;
    this.events = new Emitter((error) => this.report(error));
    this.engine = new Engine(vault, device, clock, random, {
      onStep: (state, events) => this.#onStep(state, events),
      onLost: (error) => this.#onLost(error),
    });
    this.#keyPackages = new KeyPackageStock(this.engine, (error) => this.report(error));
    this.#lostWelcomes = new LostWelcomes(this.engine, (id, error) => {
      const runtime = this.#runtimes.get(id);
      if (runtime === undefined) this.report(error);
      else runtime.emit("error", { error, conversation: runtime.conversation });
    });
    this.#freshness = new FreshnessWatch(this.engine, () => this.conversations);
    this.#retention = new RetentionSweep(clock, options.retention, () => this.conversations);
    this.#renewal = new CredentialRenewal(this.engine, {
      // With the next session the relay sees the new one, and gets key packages that carry it.
      onRenewed: () => void this.#link.session?.close(),
      onFailure: (error) => this.report(error),
    });
    this.#ownDevices = new OwnDevices(
      this.engine,
      () => this.conversations,
      (error) => this.report(error),
    );
    this.succession = new Succession(this, (error) => this.report(error));
    this.#inbox = new Inbox(this.engine, {
      onJoined: (id) => this.#onJoined(id),
      readUpTo: (id, seq) => this.#runtimes.get(id)?.reader.readUpTo(seq),
      onDevice: (index) => this.#ownDevices.tell(index),
      onProblem: (error) => this.report(error),
    });
    this.#link = new Link(options.transport, device, clock, random, {
      onOpen: (session) => this.#onOpen(session),
      onPush: (message) => this.#onPush(message),
      onClose: () => this.#onClose(),
      onFailure: (error) => this.#onDialFailure(error),
    });
  }

  /** Loads everything that is stored, then begins to dial. */
  async start(): Promise<void> {
    await this.engine.load();
    await this.#ownDevices.load();
    for (const id of this.engine.ids) this.#add(id).loops.arm();
    await endContinued(this.engine);
    this.#retention.start();
    this.#renewal.arm();
    this.#link.start();
  }

  /** The running conversation, or `undefined` where there is none. */
  conversation(id: string): ConversationRuntime | undefined {
    return this.#runtimes.get(id);
  }

  /** The running conversations. */
  get conversations(): ConversationRuntime[] {
    return [...this.#runtimes.values()];
  }

  /** Lets a conversation run that was just stored. */
  begin(id: string): ConversationRuntime {
    const runtime = this.#runtimes.get(id) ?? this.#add(id);
    const session = this.presence.session;
    if (session !== undefined) runtime.open(session, undefined);
    // It was stored while the client was closing.
    if (this.#isClosed) runtime.end();
    return runtime;
  }

  /** Tells listeners and the log that something went wrong in the background. */
  report(error: unknown): void {
    if (this.#isClosed) return;
    const known =
      error instanceof ReadbackError
        ? error
        : new ReadbackError("internal", "Something unexpected failed.", { cause: error });
    this.#log({ level: "warn", event: "error", details: { code: known.code } });
    this.events.emit("error", { error: known, conversation: undefined });
  }

  /** Stops everything. What is durable stays; whoever waits hears `closed`. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.presence.close();
    this.#retention.close();
    this.#renewal.close();
    await this.#link.close();
    for (const runtime of this.#runtimes.values()) runtime.end();
    await this.engine.idle();
    await this.engine.vault.close();
    this.events.clear();
  }

  #add(id: string): ConversationRuntime {
    const runtime = new ConversationRuntime(this.engine, id, this.presence, this.events, {
      onFailure: (error) => this.#onStuck(error),
      onOvertaken: () => this.#discard(id),
      others: () => this.conversations,
    });
    this.#runtimes.set(id, runtime);
    return runtime;
  }

  /** Ends and forgets a conversation that never came to be. */
  #discard(id: string): void {
    this.engine
      .run(async () => {
        if (this.engine.state(id)?.phase !== "creating") return;
        this.#runtimes.get(id)?.end();
        this.#runtimes.delete(id);
        await this.engine.forget(id);
      })
      // Where it was to follow a group, that one still has to go on.
      .then(() => this.succession.pursue())
      .catch((error: unknown) => this.#onStuck(error));
  }

  async #onOpen(session: Session): Promise<void> {
    this.engine.noteRelayTime(session.login.now);
    this.engine.services.note(session.login.services, [this.engine.device.identity.person]);
    this.#renewal.arm();
    await this.#keyPackages.open(session);
    const inboxAfter = await this.#inbox.open(session);
    const answer = await session.request({ type: "subscribe", inboxAfter });
    if (answer.type !== "subscribed")
      throw new ReadbackError("relay-refused", "The relay refused a subscription.");
    const heads = new Map(answer.heads.map(({ conversation, seq }) => [hex(conversation), seq]));
    this.presence.set(session);
    this.#log({ level: "info", event: "online", details: { conversations: heads.size } });
    this.events.emit("connection", { state: "online" });
    for (const runtime of this.#runtimes.values()) runtime.open(session, heads.get(runtime.id) ?? 0);
    this.#lostWelcomes.open(session, heads);
    this.#freshness.open(session);
    this.#ownDevices.pursue();
    this.succession.open(new Set(heads.keys()));
  }

  #onPush(message: Push): void {
    if (message.type === "entry") {
      const { entry, head } = message;
      this.#runtimes.get(hex(entry.header.conversation))?.reader.push(entry, head);
    } else if (message.type === "inbox") {
      this.#takeInbox(message);
    } else if (message.type === "claimed") this.#keyPackages.taken(message.suite);
    // After a goodbye the relay closes; the link dials again by itself.
  }

  #takeInbox(delivery: Extract<Push, { type: "inbox" }>): void {
    const session = this.#link.session;
    if (session === undefined) return;
    this.#inboxQueue = this.#inboxQueue
      .then(() => (session.isClosed ? undefined : this.#inbox.take(session, delivery)))
      .catch((error: unknown) => this.#onStuck(error));
  }

  #onClose(): void {
    const wasOnline = this.presence.session !== undefined;
    this.presence.set(undefined);
    this.#inbox.close();
    this.#lostWelcomes.close();
    this.#freshness.close();
    this.succession.close();
    for (const runtime of this.#runtimes.values()) runtime.close();
    if (!wasOnline || this.#isClosed) return;
    this.#log({ level: "info", event: "offline" });
    this.events.emit("connection", { state: "offline" });
  }

  #onStep(state: ConversationState, events: readonly ConversationEvent[]): void {
    this.#runtimes.get(hex(state.id))?.onStep(events);
    if (state.phase === "creating" && events.some(({ type }) => type === "intent-failed"))
      this.#discard(hex(state.id));
    // A conversation that has just come to be was not asked about yet.
    if (!events.some(({ type }) => type === "phase")) return;
    this.#freshness.ask();
    this.#ownDevices.pursue();
    this.succession.pursue();
    if (state.continues !== undefined) this.#endContinued();
  }

  #onJoined(id: string): void {
    const runtime = this.begin(id);
    // What the relay pushed while the Welcome was being processed found nobody here: ask for it.
    runtime.reader.expect();
    runtime.onStep([{ type: "phase", phase: runtime.state.phase }]);
    this.#freshness.ask();
    this.#ownDevices.pursue();
    this.succession.pursue();
    if (runtime.state.continues !== undefined) this.#endContinued();
  }

  #endContinued(): void {
    endContinued(this.engine).catch((error: unknown) => this.#onStuck(error));
  }

  /** Work on this session cannot go on: told, and tried again with the next session. */
  #onStuck(error: unknown): void {
    this.report(error);
    void this.#link.session?.close();
  }

  /** Being offline is normal and no error; a relay that refuses or misbehaves is one. */
  #onDialFailure(error: unknown): void {
    if (hasCode(error, "login-refused")) this.#renewal.doubt();
    if (!hasCode(error, "transport-failed")) this.report(error);
    else this.#log({ level: "info", event: "dial-failed" });
  }

  /** Another client has the store: this one must not go on. */
  #onLost(error: unknown): void {
    this.report(error);
    void this.close();
  }
}
