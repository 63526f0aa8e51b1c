import { encode } from "../codec/writer.ts";
import { signLogin } from "../conversation/login-proof.ts";
import type { CipherSuite, KeyPair } from "../crypto/suite.ts";
import { hasCode, ReadbackError } from "../error.ts";
import { type Credential, writeCredential } from "../mls/credential.ts";
import type { Clock } from "../port/clock.ts";
import type { CloseReason, Connection, Transport } from "../port/transport.ts";
import type { Answer } from "../wire/answer.ts";
import { FrameAssembler, splitMessage } from "../wire/frame.ts";
import { maximumMessageSize } from "../wire/limits.ts";
import type { Challenge } from "../wire/login.ts";
import {
  type ClientMessage,
  decodeRelayMessage,
  encodeClientMessage,
  type RelayMessage,
} from "../wire/message.ts";
import type { Request } from "../wire/request.ts";

/** How long a relay may take to say its first word, or to answer: milliseconds. */
const patience = 30_000;

/** What a session tells. Neither method may throw. */
export interface SessionHandler {
  /** Something the relay sent by itself, in order. */
  onPush(message: Extract<RelayMessage, { type: "entry" | "inbox" | "claimed" | "goodbye" }>): void;
  /** Exactly once, after a session was opened. */
  onClose(reason: CloseReason): void;
}

/** Whoever logs in. */
export interface Account {
  /** What the relay's answer is called: as what it is let in. */
  readonly as: "welcome" | "serving";
  /** A suite of the scheme that the key is of, and the number of the one that the relay is told. */
  readonly suite: CipherSuite;
  readonly loginSuite: number;
  readonly signatureKeyPair: KeyPair;
  readonly credential: Credential;
}

/** What the relay said at login. */
export type LoginAnswer = Extract<Answer, { type: "welcome" }>;

type Waiting = { resolve(answer: Answer): void; reject(error: unknown): void; giveUp(): void };

/** One connection on which somebody has proved who they are. Ends with the connection; a new one is a new session. */
export class Session {
  readonly #clock: Clock;
  readonly #handler: SessionHandler;
  readonly #assembler = new FrameAssembler(maximumMessageSize.afterLogin);
  readonly #waiting = new Map<number, Waiting>();
  #connection: Connection | undefined;
  #sending: Promise<unknown> = Promise.resolve();
  #nextId = 1;
  #onChallenge: ((challenge: Challenge) => void) | undefined;
  #closed: CloseReason | undefined;
  #isOpen = false;
  /** What the relay called itself and the key it signs heads with. */
  challenge!: Challenge;
  /** What the relay's clock showed at login, milliseconds. */
  openedAt = 0;
  /** What the relay said at login, to a device. */
  login!: LoginAnswer;

  private constructor(clock: Clock, handler: SessionHandler) {
    this.#clock = clock;
    this.#handler = handler;
  }

  /**
   * Dials and logs in. Rejects with `transport-failed`, `aborted`, `protocol-violation` or `login-refused`; then the
   * handler hears nothing.
   */
  static async open(
    transport: Transport,
    account: Account,
    clock: Clock,
    handler: SessionHandler,
    signal: AbortSignal,
  ): Promise<Session> {
    const session = new Session(clock, handler);
    const challenge = new Promise<Challenge>((resolve) => {
      session.#onChallenge = resolve;
    });
    const connection = await transport.connect(
      { onFrame: (frame) => session.#receive(frame), onClose: (reason) => session.#close(reason) },
      signal,
    );
    session.#connection = connection;
    const abort = () => void session.close();
    signal.addEventListener("abort", abort, { once: true });
    try {
      session.challenge = await session.#within(challenge);
      const { suite, loginSuite, signatureKeyPair } = account;
      const credential = encode(writeCredential, account.credential);
      const claim = { suite: loginSuite, signatureKey: signatureKeyPair.publicKey, credential };
      const login = signLogin(suite, signatureKeyPair.privateKey, session.challenge, claim);
      const answer = await session.#ask(0, { type: "login", login });
      if (answer.type !== account.as)
        throw new ReadbackError("login-refused", "The relay refused the login.");
      session.openedAt = answer.now;
      if (answer.type === "welcome") session.login = answer;
      session.#isOpen = true;
      return session;
    } catch (error) {
      await connection.close();
      throw error;
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  /** Asks the relay. Rejects with `transport-failed` where the session ends first: the answer is then unknown. */
  request(request: Request): Promise<Answer> {
    const id = this.#nextId++;
    return this.#ask(id, { type: "request", id, request });
  }

  /** Whether the connection is gone. */
  get isClosed(): boolean {
    return this.#closed !== undefined;
  }

  /** Ends the session. Idempotent. */
  async close(): Promise<void> {
    await this.#connection?.close();
  }

  #ask(id: number, message: ClientMessage): Promise<Answer> {
    if (this.#closed !== undefined) return Promise.reject(lost());
    const answer = new Promise<Answer>((resolve, reject) => {
      const giveUp = this.#clock.wake(this.#clock.now() + patience, () => void this.close());
      this.#waiting.set(id, { resolve, reject, giveUp });
    });
    this.#send(encodeClientMessage(message));
    return answer;
  }

  #send(bytes: Uint8Array): void {
    const send = async (): Promise<void> => {
      for (const frame of splitMessage(bytes)) await this.#connection?.send(frame);
    };
    // A frame that could not be handed on means the connection is gone: closing it ends everything that waits.
    this.#sending = this.#sending.then(send).catch(() => this.close());
  }

  #receive(frame: Uint8Array): void {
    try {
      const bytes = this.#assembler.push(frame);
      if (bytes !== undefined) this.#dispatch(decodeRelayMessage(bytes));
    } catch (error) {
      if (
        !hasCode(error, "malformed") &&
        !hasCode(error, "too-large") &&
        !hasCode(error, "protocol-violation")
      )
        throw error;
      this.#fail(
        new ReadbackError("protocol-violation", "The relay sent what is not its protocol.", { cause: error }),
      );
    }
  }

  #dispatch(message: RelayMessage): void {
    switch (message.type) {
      case "challenge":
        this.#onChallenge?.(message.challenge);
        this.#onChallenge = undefined;
        return;
      case "answer": {
        const waiting = this.#waiting.get(message.id);
        this.#waiting.delete(message.id);
        waiting?.giveUp();
        waiting?.resolve(message.answer);
        return;
      }
      default:
        if (this.#isOpen) this.#handler.onPush(message);
    }
  }

  #fail(error: ReadbackError): void {
    for (const waiting of this.#takeWaiting()) waiting.reject(error);
    void this.close();
  }

  #close(reason: CloseReason): void {
    this.#closed = reason;
    for (const waiting of this.#takeWaiting()) waiting.reject(lost());
    if (this.#isOpen) this.#handler.onClose(reason);
  }

  #takeWaiting(): Waiting[] {
    const all = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const waiting of all) waiting.giveUp();
    return all;
  }

  /** The challenge, unless the connection closes or time runs out first. */
  #within(challenge: Promise<Challenge>): Promise<Challenge> {
    return new Promise((resolve, reject) => {
      const giveUp = this.#clock.wake(this.#clock.now() + patience, () => void this.close());
      // Shares the fate of every other wait: rejected when the connection closes.
      this.#waiting.set(-1, { resolve: () => {}, reject, giveUp });
      void challenge.then((value) => {
        this.#waiting.delete(-1);
        giveUp();
        resolve(value);
      });
    });
  }
}

function lost(): ReadbackError {
  return new ReadbackError("transport-failed", "The connection to the relay was lost.");
}
