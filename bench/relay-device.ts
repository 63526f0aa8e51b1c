import { memoryTransport, systemRandom } from "@readback/core";
import { type CipherSuite, defaultCryptoProvider, type KeyPair } from "@readback/core/crypto";
import { logSuiteId, signLogin } from "@readback/core/log";
import { createGroup, groupInfoOf, writeCredential } from "@readback/core/mls";
import {
  type Answer,
  type Challenge,
  type Connection,
  decodeRelayMessage,
  encode,
  encodeClientMessage,
  FrameAssembler,
  maximumMessageSize,
  type RelayMessage,
  type Request,
  splitMessage,
  utf8,
  Writer,
} from "@readback/core/wire";
import type { Relay } from "@readback/relay";

const payloadSize = 300;

/** A device that does nothing but append to a conversation of its own: what costs time is the relay. */
export class RelayDevice {
  readonly #conversation = systemRandom(32);
  readonly #answers = new Map<number, (answer: Answer) => void>();
  readonly #assembler = new FrameAssembler(maximumMessageSize.afterLogin);
  readonly #suite: CipherSuite;
  readonly #keys: KeyPair;
  readonly #challenge: Promise<Challenge>;
  #onChallenge: (challenge: Challenge) => void = () => {};
  #connection: Connection | undefined;
  #lastId = 0;

  private constructor() {
    const suite = defaultCryptoProvider().suite(logSuiteId);
    if (suite === undefined) throw new Error("The suite of the log is missing.");
    this.#suite = suite;
    this.#keys = suite.signature.deriveKeyPair(systemRandom(suite.signature.seedSize));
    this.#challenge = new Promise((resolve) => {
      this.#onChallenge = resolve;
    });
  }

  /** Connects, logs in and opens a conversation. */
  static async open(relay: Relay, person: string): Promise<RelayDevice> {
    const device = new RelayDevice();
    const handler = { onFrame: (frame: Uint8Array) => device.#take(frame), onClose: () => {} };
    const { signal } = new AbortController();
    device.#connection = await memoryTransport(relay.accept).connect(handler, signal);
    await device.#logIn({ type: "basic", identity: utf8(`${person}/device`) });
    return device;
  }

  /** Resolves when the relay says that one more payload is in the log. */
  async append(): Promise<void> {
    const conversation = this.#conversation;
    const payload = this.#payload();
    const rest = { kind: "application", epoch: 0n, welcome: undefined, groupInfo: undefined } as const;
    await this.#request({ type: "append", conversation, payload, ...rest });
  }

  /** Bytes that have the form of a message and are none: what they hold is nothing to the relay. */
  #payload(): Uint8Array {
    const writer = new Writer(payloadSize + 128).u16(1).u16(2).bytes(this.#conversation).u64(0n).u8(1);
    return writer.bytes(new Uint8Array()).bytes(systemRandom(28)).bytes(systemRandom(payloadSize)).finish();
  }

  async #logIn(credential: { type: "basic"; identity: Uint8Array }): Promise<void> {
    const [suite, keys] = [this.#suite, this.#keys];
    const challenge = await this.#challenge;
    const content = {
      suite: suite.id,
      signatureKey: keys.publicKey,
      credential: encode(writeCredential, credential),
    };
    const login = signLogin(suite, keys.privateKey, challenge, content);
    this.#send(encodeClientMessage({ type: "login", login }));
    await new Promise<Answer>((resolve) => this.#answers.set(0, resolve));
    const now = BigInt(Math.floor(Date.now() / 1000));
    const group = createGroup({
      suite,
      groupId: this.#conversation,
      credential,
      signatureKeyPair: keys,
      random: systemRandom,
      lifetime: { notBefore: now - 3_600n, notAfter: now + 86_400n },
    });
    const payload = groupInfoOf(group, { withTree: true });
    await this.#request({ type: "create", conversation: this.#conversation, payload });
  }

  async #request(request: Request): Promise<void> {
    const id = ++this.#lastId;
    const answer = new Promise<Answer>((resolve) => this.#answers.set(id, resolve));
    this.#send(encodeClientMessage({ type: "request", id, request }));
    const { type } = await answer;
    if (type !== "appended") throw new Error(`The relay answered "${type}".`);
  }

  #send(message: Uint8Array): void {
    for (const frame of splitMessage(message)) void this.#connection?.send(frame);
  }

  #take(frame: Uint8Array): void {
    const bytes = this.#assembler.push(frame);
    if (bytes === undefined) return;
    const message: RelayMessage = decodeRelayMessage(bytes);
    if (message.type === "challenge") this.#onChallenge(message.challenge);
    if (message.type !== "answer") return;
    this.#answers.get(message.id)?.(message.answer);
    this.#answers.delete(message.id);
  }
}
