import type { CipherSuite, KeyPair } from "@readback/core/crypto";
import { signLogin } from "@readback/core/log";
import {
  type Credential,
  createKeyPackage,
  type KeyPackageBundle,
  lastResortExtension,
  writeCredential,
} from "@readback/core/mls";
import {
  type Answer,
  type Challenge,
  type ClientMessage,
  decodeRelayMessage,
  encode,
  encodeClientMessage,
  FrameAssembler,
  type Login,
  maximumMessageSize,
  type RelayMessage,
  type Request,
  splitMessage,
  utf8,
} from "@readback/core/wire";
import { crypto, type Surroundings, type Wire } from "./world.ts";

export type Push = Extract<RelayMessage, { type: "entry" | "inbox" | "claimed" | "goodbye" }>;

/** Behind every item of an inbox. */
export const farAhead = Number.MAX_SAFE_INTEGER;

/** A device as a relay sees one: a name, a key and a connection. */
export class Device {
  readonly name: string;
  readonly person: string;
  readonly suite: CipherSuite;
  readonly keys: KeyPair;
  readonly credential: Credential;
  readonly world: Surroundings;
  wire!: Wire;
  challenge!: Challenge;
  readonly pushes: Push[] = [];
  /** Bytes of the last frame that came. */
  received = 0;
  #answers = new Map<number, (answer: Answer) => void>();
  #onPush: () => void = () => {};
  #onChallenge: (challenge: Challenge) => void = () => {};
  #nextId = 1;

  constructor(world: Surroundings, name: string, suiteId = 2) {
    this.world = world;
    this.name = name;
    this.person = name.split("/")[0] as string;
    this.suite = crypto.suite(suiteId) as CipherSuite;
    this.keys = this.suite.signature.deriveKeyPair(world.random(this.suite.signature.seedSize));
    this.credential = { type: "basic", identity: utf8(name) };
  }

  /** Connects and waits for the challenge. */
  async dial(origin?: string): Promise<Wire> {
    const assembler = new FrameAssembler(maximumMessageSize.afterLogin);
    const challenge = new Promise<Challenge>((resolve) => {
      this.#onChallenge = resolve;
    });
    this.wire = await this.world.connect(
      {
        onFrame: (frame) => {
          this.received = frame.length;
          const message = assembler.push(frame);
          if (message !== undefined) this.#receive(decodeRelayMessage(message));
        },
      },
      origin,
    );
    this.challenge = await challenge;
    return this.wire;
  }

  /** The proof for the challenge at hand. */
  proof(change: Partial<Omit<Login, "signature">> = {}): Login {
    const credential = encode(writeCredential, this.credential);
    const login = { suite: this.suite.id, signatureKey: this.keys.publicKey, credential, ...change };
    return signLogin(this.suite, this.keys.privateKey, this.challenge, login);
  }

  /** Connects, if need be, and logs in. */
  async logIn(): Promise<Answer> {
    if (this.wire === undefined || this.wire.isClosed) await this.dial();
    return this.ask({ type: "login", login: this.proof() });
  }

  request(request: Request): Promise<Answer> {
    return this.ask({ type: "request", id: this.#nextId++, request });
  }

  /** Sends a message and waits for its answer. Rejects if the connection closes first. */
  ask(message: ClientMessage): Promise<Answer> {
    const id = message.type === "login" ? 0 : message.id;
    const answer = new Promise<Answer>((resolve, reject) => {
      this.#answers.set(id, resolve);
      void this.wire.closed.then(() => reject(new Error("the connection closed")));
    });
    this.send(encodeClientMessage(message));
    return answer;
  }

  /** Sends the bytes of one message. */
  send(bytes: Uint8Array): void {
    for (const frame of splitMessage(bytes)) void this.wire.send(frame);
  }

  /** The next thing the relay sends by itself. */
  async next(): Promise<Push> {
    while (this.pushes.length === 0) {
      await new Promise<void>((resolve) => {
        this.#onPush = resolve;
      });
    }
    return this.pushes.shift() as Push;
  }

  keyPackage(
    isLastResort = false,
    change: Partial<Parameters<typeof createKeyPackage>[0]> = {},
  ): KeyPackageBundle {
    const seconds = BigInt(Math.floor(this.world.clock.now() / 1_000));
    return createKeyPackage({
      suite: this.suite,
      credential: this.credential,
      signatureKeyPair: this.keys,
      random: this.world.random,
      lifetime: { notBefore: seconds - 3_600n, notAfter: seconds + 86_400n },
      extensions: isLastResort ? [lastResortExtension()] : [],
      ...change,
    });
  }

  #receive(message: RelayMessage): void {
    if (message.type === "challenge") this.#onChallenge(message.challenge);
    else if (message.type === "answer") {
      this.#answers.get(message.id)?.(message.answer);
      this.#answers.delete(message.id);
    } else {
      this.pushes.push(message);
      this.#onPush();
    }
  }
}
