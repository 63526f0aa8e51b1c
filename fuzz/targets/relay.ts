import {
  concat,
  decode,
  encode,
  encodeClientMessage,
  type Reader,
  type Request,
  splitMessage,
} from "@readback/core/wire";
import { Device } from "../../packages/relay/test/device.ts";
import { type Member, makeConversation } from "../../packages/relay/test/member.ts";
import { makeWorld } from "../../packages/relay/test/world.ts";
import type { Target } from "../target.ts";

const devices = ["ada@mercy.example/phone", "ben@lukes.example/phone"];

/** A relay to whom a stranger, and then a member, sends whatever it likes, frame by frame. */
export const relayTargets: readonly Target[] = [
  {
    name: "relay",
    home: "relay",
    // A relay with a conversation is made for every input.
    time: 1_000,
    memory: 2 ** 26,
    // Nothing is thrown at whoever sends: the relay answers, or ends the connection.
    mayRefuse: () => false,
    seeds,
    take: takeFrames,
  },
];

/** Requests that ada's device could make: what is random follows from a seed, so its keys are the same each time. */
async function seeds(): Promise<Uint8Array[]> {
  const [ada, ben] = (await makeConversation(await makeWorld(), ...devices)) as [Member, Member];
  const staged = ada.stage([{ type: "remove", removed: 1 }]);
  const { conversation, group } = ada;
  const append = { type: "append", conversation, epoch: group.epoch, welcome: undefined } as const;
  const other = ada.device.keyPackage(true).bytes;
  const requests: Request[] = [
    { type: "publish", replaces: true, keyPackages: [ada.device.keyPackage().bytes], lastResort: other },
    { type: "claim", suite: 2, persons: ["ada@mercy.example", "nobody"], except: [] },
    { ...append, type: "create", epoch: 0n, payload: ben.found(), groupInfo: undefined },
    { ...append, kind: "commit", payload: staged.commit, groupInfo: staged.groupInfo },
    { ...append, kind: "application", payload: ada.encrypt("Potassium 6.8"), groupInfo: undefined },
    { type: "fetch", conversation, after: 0, limit: 512 },
    { type: "subscribe", inboxAfter: 0 },
    { type: "acknowledge-inbox", upTo: 7 },
  ];
  const frames = requests
    .flatMap((request, id) => splitMessage(encodeClientMessage({ type: "request", id, request })))
    .map((frame) => encode((w) => w.bytes(frame), undefined));
  return [...frames, concat(...frames)];
}

async function takeFrames(input: Uint8Array): Promise<undefined> {
  const world = await makeWorld();
  const [ada, ben] = (await makeConversation(world, ...devices)) as [Member, Member];
  const stranger = new Device(world, "eve@mercy.example/phone");
  await stranger.dial();
  for (const device of [stranger, ada.device]) {
    for (const frame of framesIn(input)) void device.wire.send(frame).catch(() => {});
    await settled();
  }
  const complaint = world.log.find((line) => line.includes("unexpected") || line.includes("failed"));
  if (complaint !== undefined) throw new Error(`the relay says: ${complaint}`);
  // Whatever it was, the others go on.
  const answer = await ben.device.request({
    type: "fetch",
    conversation: ben.conversation,
    after: 0,
    limit: 9,
  });
  if (answer.type !== "entries") throw new Error(`a bystander gets ${answer.type}`);
  await world.relay.close();
  return undefined;
}

/** The input as frames, each with its length in front, or else as one frame. */
function framesIn(input: Uint8Array): Uint8Array[] {
  try {
    return decode((reader: Reader) => {
      const frames: Uint8Array[] = [];
      while (!reader.done) frames.push(reader.bytes());
      return frames;
    }, input);
  } catch {
    return [input];
  }
}

/** Nothing in this process waits for anything but what comes after it in the queue. */
async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
}
