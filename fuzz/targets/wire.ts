import { concat } from "../../packages/core/src/codec/bytes.ts";
import { decode, type Reader } from "../../packages/core/src/codec/reader.ts";
import { encode } from "../../packages/core/src/codec/writer.ts";
import { verifyHead } from "../../packages/core/src/conversation/log-entry.ts";
import { verifyLogin } from "../../packages/core/src/conversation/login-proof.ts";
import * as wire from "../../packages/core/src/wire.ts";
import { suiteOf } from "../../packages/core/test/mls/world.ts";
import type { Target } from "../target.ts";
import { isOfGrammar } from "./codes.ts";

const common = {
  home: "core",
  mayRefuse: (code: string) => isOfGrammar(code) || code === "protocol-violation",
} as const;

/** What client and relay say to each other. */
export const wireTargets: readonly Target[] = [
  {
    ...common,
    name: "wire-client-message",
    seeds: clientMessages,
    take: (input) => wire.encodeClientMessage(structuredClone(wire.decodeClientMessage(input))),
  },
  {
    ...common,
    name: "wire-relay-message",
    seeds: relayMessages,
    take: (input) => {
      const message = wire.decodeRelayMessage(input);
      // Codes of later versions read as `refused`, so these have more than one encoding.
      if (message.type === "answer" && message.answer.type === "refused") return undefined;
      return wire.encodeRelayMessage(structuredClone(message));
    },
  },
  {
    ...common,
    name: "wire-frames",
    seeds: () => [clientMessages(), relayMessages()].map((messages) => framesOf(messages)),
    take: takeFrames,
  },
  {
    ...common,
    name: "wire-login",
    seeds: () => [encode(wire.writeLogin, login)],
    take: (input) => {
      const given = decode(wire.readLogin, input);
      const suite = [1, 2, 3].includes(given.suite) ? suiteOf(given.suite) : suiteOf(2);
      if (verifyLogin(suite, challenge, given)) throw new Error("a login that nobody signed is valid");
      return encode(wire.writeLogin, structuredClone(given));
    },
  },
  {
    ...common,
    name: "wire-head",
    seeds: () => [encode(wire.writeLogHead, head)],
    take: (input) => {
      const given = decode(wire.readLogHead, input);
      if (verifyHead(suiteOf(2), challenge.logKey, given)) throw new Error("a head nobody signed is valid");
      return encode(wire.writeLogHead, structuredClone(given));
    },
  },
];

const conversation = new Uint8Array(32).fill(0xab);
const hash = new Uint8Array(32).fill(0xcd);
const payload = new Uint8Array(100).fill(0xef);
const publicKey = suiteOf(2).signature.deriveKeyPair(
  new Uint8Array(suiteOf(2).signature.seedSize).fill(1),
).publicKey;

const challenge: wire.Challenge = { relay: "relay.example", logKey: publicKey, nonce: hash };
const login: wire.Login = {
  suite: 2,
  signatureKey: publicKey,
  credential: Uint8Array.of(0, 1, 3, 97, 100, 97),
  signature: new Uint8Array(71).fill(0x30),
};
const head: wire.LogHead = { conversation, seq: 7, entryHash: hash, signedAt: 9, signature: login.signature };
const header: wire.EntryHeader = {
  conversation,
  seq: 7,
  previousHash: hash,
  kind: "application",
  epoch: 3n,
  payloadHash: hash,
  acceptedAt: 9,
  relay: "relay.example",
};
const entries: wire.LogEntry[] = [
  { header, payload },
  { header, payload: undefined },
];

function clientMessages(): Uint8Array[] {
  const append = { type: "append", conversation, epoch: 3n, payload } as const;
  const requests: wire.Request[] = [
    { type: "publish", replaces: true, keyPackages: [payload, hash], lastResort: payload },
    { type: "claim", suite: 2, persons: ["ada@mercy.example", "ben"], except: ["ben/phone"] },
    { type: "create", conversation, epoch: 0n, payload, welcome: undefined, groupInfo: undefined },
    { type: "create", conversation, epoch: 1n, payload, welcome: payload, groupInfo: payload },
    { ...append, kind: "commit", welcome: payload, groupInfo: payload },
    { ...append, kind: "application", welcome: undefined, groupInfo: undefined },
    { type: "fetch", conversation, after: 7, limit: 512 },
    { type: "subscribe", inboxAfter: 7 },
    { type: "acknowledge-inbox", upTo: 7 },
  ];
  const messages: wire.ClientMessage[] = [
    { type: "login", login },
    ...requests.map((request, id) => ({ type: "request", id, request }) as const),
  ];
  return messages.map(wire.encodeClientMessage);
}

function relayMessages(): Uint8Array[] {
  const device = { device: "ada/phone", keyPackage: payload };
  const service = { signatureKey: payload, credential: payload };
  const answers: wire.Answer[] = [
    { type: "done" },
    { type: "refused", code: "rate-limited" },
    {
      type: "welcome",
      person: "ada",
      device: "ada/phone",
      keyPackages: [hash, hash],
      lastResorts: [hash],
      now: 5,
      services: [service],
    },
    { type: "claimed", persons: [{ person: "ada", known: true, devices: [device] }], services: [service] },
    { type: "serving", domain: "mercy.example", now: 5 },
    { type: "revoked", conversations: [conversation, conversation] },
    { type: "appended", seq: 7, acceptedAt: 9 },
    { type: "epoch-changed", epoch: 4n },
    { type: "entries", entries, head },
    { type: "subscribed", heads: [{ conversation, seq: 7 }] },
  ];
  const messages: wire.RelayMessage[] = [
    { type: "challenge", challenge },
    ...answers.map((answer, id) => ({ type: "answer", id, answer }) as const),
    { type: "entry", entry: entries[0] as wire.LogEntry, head },
    { type: "inbox", after: 0, index: 1, item: { type: "welcome", conversation, seq: 7, welcome: payload } },
    { type: "inbox", after: 1, index: 2, item: { type: "device", device: "ada/tablet" } },
    { type: "goodbye" },
    { type: "claimed", suite: 2 },
  ];
  return messages.map(wire.encodeRelayMessage);
}

/** Frames, each with its length in front: a whole connection as one input. */
function framesOf(messages: readonly Uint8Array[]): Uint8Array {
  const frames = messages.flatMap((message) => wire.splitMessage(message, 40));
  return concat(...frames.map((frame) => encode((w) => w.bytes(frame), undefined)));
}

/** Whatever comes, no more than the limit is held; what is put together comes apart into the same messages again. */
function takeFrames(input: Uint8Array): undefined {
  const limit = 1_000;
  const assembler = new wire.FrameAssembler(limit);
  const messages: Uint8Array[] = [];
  decode((reader: Reader) => {
    while (!reader.done) {
      const message = assembler.push(reader.bytes());
      if (message !== undefined) messages.push(message);
    }
  }, input);
  const again = new wire.FrameAssembler(limit);
  for (const message of messages) {
    if (message.length > limit) throw new Error("a message is over the limit");
    const whole = wire.splitMessage(message, 30).flatMap((frame) => again.push(frame) ?? []);
    if (whole.length !== 1 || !wire.sameBytes(whole[0] as Uint8Array, message))
      throw new Error("a message does not come back");
  }
  return undefined;
}
