import { once } from "node:events";
import { type ManualClock, manualClock } from "@readback/core/testing";
import type { ServeWebSocketOptions } from "@readback/transport-ws/server";
import { afterEach, expect, test } from "vitest";
import { startListener } from "./listener.ts";
import { frame, RawClient } from "./raw-client.ts";
import { type Recorded, recorder } from "./recorder.ts";

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
});

async function start(limits: ServeWebSocketOptions["limits"] = {}) {
  const clock: ManualClock = manualClock();
  const recorded = recorder();
  const started = await startListener(recorded.accept, { clock, limits });
  opened.push(started);
  const client = await RawClient.open(started.port);
  const [socket] = started.sockets;
  if (socket === undefined) throw new Error("expected a socket");
  /** Sends and waits until the server has read it. */
  const say = async (bytes: Uint8Array): Promise<void> => {
    const heard = once(socket, "data");
    client.write(bytes);
    await heard;
  };
  return { ...recorded, clock, client, say, record: recorded.records[0] as Recorded };
}

const bytes = (length: number) => new Uint8Array(length).fill(7);
const ping = frame(bytes(125), { opcode: 9 });

test("a frame that does not come to its end is cut", async () => {
  const { clock, client, say, record } = await start({ frameTime: 10_000, pingTime: 50_000 });
  await say(frame(bytes(1), { claims: 100 }).subarray(0, 6));
  clock.advance(9_999);
  expect(record.ends).toBe(0);
  clock.advance(1);
  expect(await client.closeCode()).toBe(4001);
  expect(await record.closed).toEqual({ kind: "failed", code: 4001 });
  expect(clock.pending).toBe(0);
});

test("a part of a header is a frame that does not come to its end", async () => {
  const { clock, client, say } = await start({ frameTime: 10_000, pingTime: 50_000 });
  await say(Buffer.concat([frame(bytes(3)), frame(bytes(3)).subarray(0, 1)]));
  clock.advance(10_000);
  expect(await client.closeCode()).toBe(4001);
});

test("a frame that comes at the least rate may take its time", async () => {
  const { clock, say, record, until } = await start({
    frameTime: 10_000,
    readRate: 1_024,
    pingTime: 500_000,
  });
  const whole = frame(bytes(65_536));
  for (let at = 0; at < whole.length; at += 1_024) {
    await say(whole.subarray(at, at + 1_024));
    clock.advance(999);
  }
  await until(() => record.frames.length === 1);
  expect(record.ends).toBe(0);
});

test("a frame that comes more slowly is cut, however it drips", async () => {
  const { clock, client, say } = await start({ frameTime: 10_000, readRate: 1_024, pingTime: 500_000 });
  const whole = frame(bytes(65_536));
  for (let at = 0; at < 12 * 100; at += 100) {
    await say(whole.subarray(at, at + 100));
    clock.advance(1_000);
  }
  expect(await client.closeCode()).toBe(4001);
});

test("a frame in fragments has no more time, and pings between them give none", async () => {
  const { clock, client, say, record } = await start({ frameTime: 10_000, pingTime: 50_000 });
  await say(frame(bytes(0), { final: false }));
  for (let second = 0; second < 9; second++) {
    clock.advance(1_000);
    await say(ping);
  }
  expect(record.ends).toBe(0);
  await say(frame(bytes(0), { opcode: 0, final: false }));
  clock.advance(1_000);
  expect(await client.closeCode()).toBe(4001);
});

test("frames that end in time have all the time in the world together", async () => {
  const { clock, say, record, until } = await start({ frameTime: 10_000, pingTime: 500_000 });
  const whole = frame(bytes(20));
  await say(whole.subarray(0, 10));
  for (let round = 1; round <= 10; round++) {
    clock.advance(9_000);
    // The end of one frame and the beginning of the next, as one piece.
    await say(Buffer.concat([whole.subarray(10), whole.subarray(0, 10)]));
    await until(() => record.frames.length === round);
  }
  expect(record.ends).toBe(0);
});

test("who is silent is pinged, and cut when nothing comes", async () => {
  const { clock, client, record } = await start({ pingTime: 25_000, deadTime: 60_000 });
  clock.advance(24_999);
  const before = client.received.length;
  await record.connection.send(bytes(1));
  await client.until((received) => received.length > before);
  expect(client.received.length).toBe(before + 3); // that frame, and no ping before it
  clock.advance(1);
  await client.pings(1);
  clock.advance(25_000);
  await client.pings(1);
  expect(record.ends).toBe(0);
  clock.advance(10_000);
  await client.gone;
  expect(await record.closed).toEqual({ kind: "failed", code: 1006 });
  expect(clock.pending).toBe(0);
});

test("who answers or speaks stays", async () => {
  const { clock, client, say, record, until } = await start({ pingTime: 25_000, deadTime: 60_000 });
  for (let round = 1; round <= 5; round++) {
    clock.advance(25_000);
    await client.pings(1);
    await say(frame(bytes(0), { opcode: 10 }));
  }
  for (let round = 1; round <= 5; round++) {
    clock.advance(24_000);
    await say(frame(bytes(round)));
    await until(() => record.frames.length === round);
  }
  expect(record.ends).toBe(0);
  const before = client.received.length;
  await record.connection.send(bytes(1));
  await client.until((received) => received.length > before);
  expect(client.received.length).toBe(before + 3); // that frame, and no further ping before it
});

/** Fills every buffer between the two until `bytes` wait within the server. */
async function fill({ connection }: Recorded, count: number): Promise<unknown[]> {
  const rejections: unknown[] = [];
  for (let index = 0; index < count; index++) {
    connection.send(bytes(65_536)).catch((error) => rejections.push(error));
    if (index % 8 === 0) await new Promise((resolve) => setImmediate(resolve));
    if (rejections.length > 0) break;
  }
  return rejections;
}

test("who does not read is cut before much waits, and can learn why", async () => {
  const { client, record } = await start({ closeTime: 20_000 });
  client.socket.pause();
  const rejections = await fill(record, 1_000);
  expect(rejections[0]).toMatchObject({ code: "transport-failed" });
  client.socket.resume();
  expect(await client.closeCode()).toBe(4000);
  client.socket.end();
  expect(await record.closed).toEqual({ kind: "failed", code: 4000 });
});

test("who waits for room is not cut while the other does not read", async () => {
  const { client, record } = await start();
  client.socket.pause();
  const count = 5_000;
  let handedOn = 0;
  const sending = (async () => {
    for (; handedOn < count; handedOn++) await record.connection.send(bytes(4_000));
  })();
  for (let turns = 0, before = -1; turns < 50; turns = handedOn > before ? 0 : turns + 1) {
    before = handedOn;
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(handedOn).toBeLessThan(count);
  client.socket.resume();
  await sending;
  expect(record.ends).toBe(0);
});

test("who never reads is gone after the closing time, and every send is settled", async () => {
  const { client, record } = await start({ closeTime: 20 });
  client.socket.pause();
  const rejections = await fill(record, 1_000);
  expect(await record.closed).toEqual({ kind: "failed", code: 4000 });
  // What waited when the socket was cut is rejected too: at most the limit, and up to 8 that were not taken.
  expect(rejections.length).toBeGreaterThan(1);
  expect(rejections.length).toBeLessThanOrEqual(16 + 8);
  client.socket.destroy();
});

test("who sends but does not read is cut in the end, though little waits", async () => {
  const { clock, client, say, record } = await start({
    closeTime: 20_000,
    outgoingBytes: 2 ** 40,
    pingTime: 25_000,
    deadTime: 60_000,
  });
  client.socket.pause();
  await fill(record, 200);
  for (let round = 0; round < 4; round++) {
    expect(record.ends).toBe(0);
    clock.advance(25_000);
    if (round < 3) await say(frame(bytes(0), { opcode: 10 }));
  }
  client.socket.resume();
  expect(await client.closeCode()).toBe(4000);
  client.socket.end();
  await record.closed;
  expect(clock.pending).toBe(0);
});
