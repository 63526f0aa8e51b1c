import {
  type Answer,
  type Challenge,
  type ClientMessage,
  type Connection,
  type ConnectionHandler,
  challengeSize,
  decodeClientMessage,
  encodeRelayMessage,
  FrameAssembler,
  maximumMessageSize,
  ReadbackError,
  type RelayMessage,
  type Request,
  splitMessage,
} from "@readback/core/wire";
import type { Neighbour } from "./connections.ts";
import type { Hub, KnownDevice } from "./hub.ts";
import type { Rate } from "./limits.ts";
import { logIn } from "./login.ts";
import { Outgoing } from "./outgoing.ts";
import { refused } from "./refused.ts";
import { answerRequest, isContent } from "./requests.ts";
import { isService } from "./service-name.ts";
import { Subscription } from "./subscription.ts";
import { UnfinishedMessage } from "./unfinished-message.ts";

/** Bytes that a waiting request costs besides its own. */
const waitingOverhead = 256;

/** Content of one connection that may be on its way to the store at once. */
const mostOverlapping = 64;

const nothing = (): void => {};

type Login = Extract<ClientMessage, { type: "login" }>;

/**
 * One connection: first a login, then requests in the order they came. An answer is sent once what it says is durable.
 * Whatever breaks the protocol ends the connection, without a word about why.
 */
export class Session implements ConnectionHandler, Neighbour {
  readonly #hub: Hub;
  readonly #connection: Connection;
  readonly #outgoing: Outgoing;
  readonly #assembler = new FrameAssembler(maximumMessageSize.beforeLogin);
  readonly #unfinished: UnfinishedMessage;
  /** Until the login. */
  #challenge: Challenge | undefined;
  readonly #onEnd: () => void;
  /** Takes the connection out of the count that it is in. Idempotent. */
  #leave: () => void;
  /** Ends the wait for a login, for the end of a credential, or for a connection to take its last bytes. Idempotent. */
  #giveUp: () => void;
  /** `undefined` while there is none: most connections are silent most of the time, and there are many. */
  #overlapping: Set<Promise<void>> | undefined;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #work: Promise<void> | undefined;
  #device: KnownDevice | undefined;
  #subscription: Subscription | undefined;
  /** Ends the wait of a throttled request. */
  #resume = nothing;
  #isDraining = false;
  #isOver = false;

  /**
   * @param leave - takes the connection out of the count of strangers
   * @param onEnd - called once, when nothing happens here any more
   */
  constructor(hub: Hub, connection: Connection, leave: () => void, onEnd: () => void) {
    const { clock, limits, logKeys, name, random } = hub;
    this.#hub = hub;
    this.#connection = connection;
    this.#onEnd = onEnd;
    this.#outgoing = new Outgoing(connection, limits.outgoingBytes, () => this.#end("send-failed"));
    this.#unfinished = new UnfinishedMessage(clock, limits, () => this.#end("slow-message"));
    const challenge = { relay: name, logKey: logKeys.publicKey, nonce: random(challengeSize) };
    this.#challenge = challenge;
    this.#leave = leave;
    this.#giveUp = clock.wake(clock.now() + limits.loginTime, () => this.#end("login-late"));
    this.#send({ type: "challenge", challenge });
  }

  onFrame(frame: Uint8Array): void {
    if (this.#isOver || this.#isDraining) return;
    try {
      const message = this.#assembler.push(frame);
      if (message === undefined) this.#unfinished.more(frame.length);
      else this.#enqueue(message);
    } catch (error) {
      this.#fail(error);
    }
  }

  onClose(): void {
    this.#finish();
  }

  giveWay(): void {
    void this.drain("gave-way");
  }

  turnOut(): void {
    this.#end("revoked");
  }

  /**
   * Finishes what is under way, says goodbye and closes. Resolves when all is handed on, the connection is gone or the
   * time for that is over.
   */
  async drain(reason = "drained"): Promise<void> {
    const { clock, limits } = this.#hub;
    this.#isDraining = true;
    this.#waiting = [];
    this.#giveUp();
    this.#giveUp = clock.wake(clock.now() + limits.drainTime, () => this.#end("drained-late"));
    await this.#work;
    await this.#overlapped();
    this.#send({ type: "goodbye" });
    await this.#outgoing.drained();
    this.#end(reason);
  }

  #enqueue(message: Uint8Array): void {
    this.#unfinished.end();
    this.#waiting.push(message);
    this.#waitingBytes += message.length + waitingOverhead;
    const { waitingBytes, waitingBytesBeforeLogin } = this.#hub.limits;
    const limit = this.#device === undefined ? waitingBytesBeforeLogin : waitingBytes;
    if (this.#waitingBytes > limit) this.#end("too-many-requests");
    else this.#work ??= this.#workOff();
  }

  async #workOff(): Promise<void> {
    try {
      for (let bytes = this.#waiting.shift(); bytes !== undefined; bytes = this.#waiting.shift()) {
        await this.#outgoing.room();
        if (this.#isOver) return;
        this.#waitingBytes -= bytes.length + waitingOverhead;
        await this.#take(decodeClientMessage(bytes));
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#work = undefined;
      // An array that was ever filled keeps its memory, and connections are many.
      this.#waiting = [];
    }
  }

  async #take(message: ClientMessage): Promise<void> {
    const device = this.#device;
    if (device === undefined) {
      const challenge = this.#challenge;
      if (message.type !== "login" || challenge === undefined)
        throw violation("A request came before the login.");
      await this.#logIn(challenge, message);
      return;
    }
    if (message.type !== "request") throw violation("A device logged in twice on one connection.");
    const { id, request } = message;
    await this.#throttle(`request ${device.name}`, this.#hub.limits.requests);
    if (!isContent(request)) {
      // What a device asks for comes after what it has said.
      await this.#overlapped();
      await this.#respond(device, id, request);
      return;
    }
    await this.#throttle(`send ${device.name}`, this.#hub.limits.sends);
    this.#overlapping ??= new Set();
    if (this.#overlapping.size >= mostOverlapping) await Promise.race(this.#overlapping);
    const response = this.#respond(device, id, request);
    this.#overlapping.add(response);
    void response.then(() => this.#overlapping?.delete(response));
  }

  /** Resolves when all content that came so far has been answered. */
  async #overlapped(): Promise<void> {
    await Promise.all(this.#overlapping ?? []);
    this.#overlapping = undefined;
  }

  async #logIn(challenge: Challenge, { login }: Login): Promise<void> {
    this.#challenge = undefined;
    let outcome: Awaited<ReturnType<typeof logIn>>;
    try {
      outcome = await logIn(this.#hub, challenge, login);
    } catch (error) {
      this.#storeFailed(error);
      outcome = { device: undefined, answer: refused("unavailable") };
    }
    if (this.#isOver || this.#isDraining) return;
    this.#answer(0, outcome.answer);
    if (outcome.device === undefined) {
      await this.#outgoing.drained();
      this.#end("login-refused");
      return;
    }
    this.#leave();
    this.#giveUp();
    this.#giveUp = this.#atEndOf(outcome.device);
    this.#device = outcome.device;
    this.#assembler.limit = maximumMessageSize.afterLogin;
    this.#leave = this.#hub.connections.enter(outcome.device.name, this);
    if (this.#isOver) this.#leave();
    this.#hub.fanOut.publishInbox(outcome.told);
  }

  /** Lets the device go when what it has shown is good no more: it comes back with a newer credential, or not at all. */
  #atEndOf({ until }: KnownDevice): () => void {
    const { clock } = this.#hub;
    return until === undefined ? nothing : clock.wake(until, () => void this.drain("credential-expired"));
  }

  /** Does what was asked and sends the answer. Never rejects. */
  async #respond(device: KnownDevice, id: number, request: Request): Promise<void> {
    // It may have ended while the request waited: then nobody would undo what the request begins.
    if (this.#isOver) return;
    try {
      if (request.type !== "subscribe" || isService(device)) {
        this.#answer(id, await answerRequest(this.#hub, device, request));
        return;
      }
      this.#subscription ??= new Subscription(this.#hub, device, this.#outgoing, (reason) =>
        this.#end(reason),
      );
      const { heads, begin } = await this.#subscription.prepare(request);
      this.#answer(id, { type: "subscribed", heads });
      begin();
    } catch (error) {
      this.#storeFailed(error);
      this.#answer(id, refused("unavailable"));
    }
  }

  /** Waits for a token. Slowing a device down keeps what it says in order, which refusing some of it would not. */
  async #throttle(name: string, rate: Rate): Promise<void> {
    const { clock, rates } = this.#hub;
    while (!this.#isOver && !rates.take(name, rate, clock.now())) {
      await new Promise<void>((resolve) => {
        const now = clock.now();
        const cancel = clock.wake(now + Math.max(1, rates.waitFor(name, rate, now)), resolve);
        this.#resume = () => {
          cancel();
          resolve();
        };
      });
    }
  }

  #answer(id: number, answer: Answer): void {
    this.#send({ type: "answer", id, answer });
  }

  #send(message: RelayMessage): void {
    if (!this.#isOver) this.#outgoing.add(splitMessage(encodeRelayMessage(message)));
  }

  #storeFailed(error: unknown): void {
    const code = error instanceof ReadbackError ? error.code : "unexpected";
    this.#hub.logger({ level: "error", event: "request-failed", details: { code } });
  }

  #fail(error: unknown): void {
    if (!(error instanceof ReadbackError)) this.#storeFailed(error);
    this.#end(error instanceof ReadbackError ? error.code : "unexpected");
  }

  #end(reason: string): void {
    if (this.#isOver) return;
    const level = this.#device === undefined ? "debug" : "info";
    this.#hub.logger({ level, event: "connection-ended", details: { reason } });
    this.#finish();
    void this.#connection.close();
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#waiting = [];
    this.#unfinished.end();
    this.#outgoing.stop();
    this.#resume();
    this.#subscription?.stop();
    this.#leave();
    this.#giveUp();
    this.#onEnd();
  }
}

function violation(message: string): ReadbackError {
  return new ReadbackError("protocol-violation", message);
}
