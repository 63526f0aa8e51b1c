import { systemRandom } from "@readback/core";
import { type CipherSuite, defaultCryptoProvider, type KeyPair } from "@readback/core/crypto";
import { logSuiteId, signLogin } from "@readback/core/log";
import { createGroup, createKeyPackage, groupInfoOf, stageCommit, writeCredential } from "@readback/core/mls";
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
  type Transport,
  utf8,
  Writer,
} from "@readback/core/wire";

const payloadSize = 300;
const credentials = { isValid: () => true, isSuccessor: () => true };

/** A device that does no more than it must to append and to listen: what costs time is the relay. */
export class RelayDevice {
  readonly #conversation = systemRandom(32);
  readonly #answers = new Map<number, (answer: Answer) => void>();
  readonly #assembler = new FrameAssembler(maximumMessageSize.afterLogin);
  readonly #suite: CipherSuite;
  readonly #keys: KeyPair;
  readonly #credential: { readonly type: "basic"; readonly identity: Uint8Array };
  readonly #challenge: Promise<Challenge>;
  #onChallenge: (challenge: Challenge) => void = () => {};
  #onEntry: (() => void) | undefined;
  #connection: Connection | undefined;
  #lastId = 0;
  #epoch = 0n;
  #prepared: { readonly id: number; readonly frames: readonly Uint8Array[] }[] = [];

  private constructor(person: string) {
    const suite = defaultCryptoProvider().suite(logSuiteId);
    if (suite === undefined) throw new Error("The suite of the log is missing.");
    this.#suite = suite;
    this.#keys = suite.signature.deriveKeyPair(systemRandom(suite.signature.seedSize));
    this.#credential = { type: "basic", identity: utf8(`${person}/device`) };
    this.#challenge = new Promise((resolve) => {
      this.#onChallenge = resolve;
    });
  }

  /** Connects and logs in. */
  static async open(transport: Transport, person: string): Promise<RelayDevice> {
    const device = new RelayDevice(person);
    const handler = { onFrame: (frame: Uint8Array) => device.#take(frame), onClose: () => {} };
    device.#connection = await transport.connect(handler, new AbortController().signal);
    const content = {
      suite: device.#suite.id,
      signatureKey: device.#keys.publicKey,
      credential: encode(writeCredential, device.#credential),
    };
    const login = signLogin(device.#suite, device.#keys.privateKey, await device.#challenge, content);
    device.#send(encodeClientMessage({ type: "login", login }));
    const { type } = await new Promise<Answer>((resolve) => device.#answers.set(0, resolve));
    if (type !== "welcome") throw new Error(`The relay answered "${type}".`);
    return device;
  }

  /** Opens a conversation, with others where there are any: all are added by one commit. */
  async converse(others: readonly RelayDevice[] = []): Promise<void> {
    const [conversation, suite] = [this.#conversation, this.#suite];
    const group = createGroup({ ...this.#leaf(), suite, groupId: conversation, random: systemRandom });
    const payload = groupInfoOf(group, { withTree: true });
    await this.#request({
      type: "create",
      conversation,
      epoch: 0n,
      payload,
      welcome: undefined,
      groupInfo: undefined,
    });
    if (others.length === 0) return;
    const proposals = others.map((other) => {
      const { keyPackage } = createKeyPackage({ ...other.#leaf(), suite, random: systemRandom });
      return { type: "add", keyPackage } as const;
    });
    const { commit, welcome, groupInfo } = stageCommit(group, {
      proposals,
      credentials,
      random: systemRandom,
    });
    const rest = { kind: "commit", epoch: 0n, welcome, groupInfo } as const;
    await this.#request({ type: "append", conversation, payload: commit, ...rest });
    this.#epoch = 1n;
  }

  /** Makes messages for the next calls of {@link RelayDevice.append}. Returns the bytes of one. */
  prepare(count: number): number {
    for (let number = 0; number < count; number++) {
      const id = ++this.#lastId;
      const rest = {
        kind: "application",
        epoch: this.#epoch,
        welcome: undefined,
        groupInfo: undefined,
      } as const;
      const request: Request = {
        type: "append",
        conversation: this.#conversation,
        payload: this.#payload(),
        ...rest,
      };
      this.#prepared.push({
        id,
        frames: splitMessage(encodeClientMessage({ type: "request", id, request })),
      });
    }
    return this.#prepared[0]?.frames[0]?.length ?? 0;
  }

  /** Resolves when the relay says that one more payload, of those that were prepared, is in the log. */
  append(): Promise<void> {
    const next = this.#prepared.pop();
    if (next === undefined) throw new Error("No message was prepared.");
    return this.#ask(next.id, next.frames, "appended");
  }

  /** From now on `onEntry` is called for each entry of others that comes. Nobody looks into it. */
  async listen(onEntry: () => void): Promise<void> {
    await this.#request({ type: "subscribe", inboxAfter: Number.MAX_SAFE_INTEGER }, "subscribed");
    this.#onEntry = onEntry;
  }

  /** Bytes that have the form of a message and are none: what they hold is nothing to the relay. */
  #payload(): Uint8Array {
    const writer = new Writer(payloadSize + 128)
      .u16(1)
      .u16(2)
      .bytes(this.#conversation)
      .u64(this.#epoch)
      .u8(1);
    return writer.bytes(new Uint8Array()).bytes(systemRandom(28)).bytes(systemRandom(payloadSize)).finish();
  }

  #leaf() {
    const now = BigInt(Math.floor(Date.now() / 1000));
    return {
      credential: this.#credential,
      signatureKeyPair: this.#keys,
      lifetime: { notBefore: now - 3_600n, notAfter: now + 86_400n },
    };
  }

  #request(request: Request, expected: Answer["type"] = "appended"): Promise<void> {
    const id = ++this.#lastId;
    return this.#ask(id, splitMessage(encodeClientMessage({ type: "request", id, request })), expected);
  }

  async #ask(id: number, frames: readonly Uint8Array[], expected: Answer["type"]): Promise<void> {
    const answer = new Promise<Answer>((resolve) => this.#answers.set(id, resolve));
    for (const frame of frames) void this.#connection?.send(frame);
    const { type } = await answer;
    if (type !== expected) throw new Error(`The relay answered "${type}".`);
  }

  #send(message: Uint8Array): void {
    for (const frame of splitMessage(message)) void this.#connection?.send(frame);
  }

  #take(frame: Uint8Array): void {
    if (this.#onEntry !== undefined && frame[1] === entryType) {
      this.#onEntry();
      return;
    }
    const bytes = this.#assembler.push(frame);
    if (bytes === undefined) return;
    const message: RelayMessage = decodeRelayMessage(bytes);
    if (message.type === "challenge") this.#onChallenge(message.challenge);
    if (message.type !== "answer") return;
    this.#answers.get(message.id)?.(message.answer);
    this.#answers.delete(message.id);
  }
}

/** What a frame that brings an entry has as its second byte. */
const entryType = 2;
