import { once } from "node:events";
import { manualClock } from "@readback/core/testing";
import type { ServeWebSocketOptions } from "@readback/transport-ws/server";
import { afterEach, describe, expect, test } from "vitest";
import { startListener } from "./listener.ts";
import { frame, RawClient } from "./raw-client.ts";
import { type Recorded, recorder } from "./recorder.ts";

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
});

async function start(options: Partial<ServeWebSocketOptions> = {}) {
  const recorded = recorder();
  const started = await startListener(recorded.accept, options);
  opened.push(started);
  const client = await RawClient.open(started.port);
  return { ...started, ...recorded, client, record: recorded.records[0] as Recorded };
}

const bytes = (length: number) => new Uint8Array(length).fill(7);
const part = (length: number, opcode = 0) => frame(bytes(length), { opcode, final: false });

describe("what breaks a rule ends the connection, and nothing of it comes through", () => {
  test.each<[name: string, frames: Uint8Array, code: number]>([
    ["a text frame", frame(bytes(5), { opcode: 1 }), 1003],
    ["an empty text frame", frame(bytes(0), { opcode: 1 }), 1003],
    ["a text in fragments", Buffer.concat([part(1, 1), frame(bytes(1), { opcode: 0 })]), 1003],
    ["an unmasked frame", frame(bytes(5), { masked: false }), 1002],
    ["a compressed frame", frame(bytes(5), { reserved: 0x40 }), 1002],
    ["a reserved bit", frame(bytes(5), { reserved: 0x10 }), 1002],
    ["an unknown opcode", frame(bytes(5), { opcode: 3 }), 1002],
    ["an unknown control opcode", frame(bytes(5), { opcode: 11 }), 1002],
    ["a continuation of nothing", frame(bytes(5), { opcode: 0 }), 1002],
    ["a frame between fragments", Buffer.concat([part(5, 2), frame(bytes(5))]), 1002],
    ["a long ping", frame(bytes(126), { opcode: 9 }), 1002],
    ["a ping in fragments", frame(bytes(5), { opcode: 9, final: false }), 1002],
    ["a close of one byte", frame(bytes(1), { opcode: 8 }), 1002],
    ["a frame that is too large", frame(bytes(65_537)), 1009],
    ["a frame that says it is too large", frame(bytes(0), { claims: 2 ** 40 }), 1009],
    ["a frame that says it is immense", frame(bytes(0), { claims: Number.MAX_SAFE_INTEGER }), 1009],
    ["fragments that are too large together", Buffer.concat([part(65_000, 2), part(537)]), 1009],
    ["17 fragments", Buffer.concat([part(1, 2), ...Array.from({ length: 16 }, () => part(1))]), 1008],
    ["17 empty fragments", Buffer.concat([part(0, 2), ...Array.from({ length: 16 }, () => part(0))]), 1008],
  ])("%s", async (_name, hostile, code) => {
    const { client, record, port, until, records } = await start();
    client.write(hostile);
    client.write(frame(bytes(9)));
    expect(await client.closeCode()).toBe(code);
    await client.gone;
    expect(await record.closed).toMatchObject({ kind: "failed" });
    expect(record).toMatchObject({ frames: [], ends: 1 });
    await expect(record.connection.send(bytes(1))).rejects.toMatchObject({ code: "transport-failed" });

    const other = await RawClient.open(port);
    other.write(frame(bytes(3)));
    await until(() => records[1]?.frames.length === 1);
    expect(records[1]?.frames).toEqual([bytes(3)]);
  });
});

describe("what is just within the rules comes through", () => {
  test.each<[name: string, frames: Uint8Array, size: number]>([
    ["an empty frame", frame(bytes(0)), 0],
    ["the largest frame", frame(bytes(65_536)), 65_536],
    [
      "16 fragments",
      Buffer.concat([
        part(4_096, 2),
        ...Array.from({ length: 14 }, () => part(4_096)),
        frame(bytes(4_096), { opcode: 0 }),
      ]),
      65_536,
    ],
    [
      "a ping between fragments",
      Buffer.concat([part(2, 2), frame(bytes(125), { opcode: 9 }), frame(bytes(1), { opcode: 0 })]),
      3,
    ],
    [
      "fragments of two frames",
      Buffer.concat([part(1, 2), frame(bytes(1), { opcode: 0 }), part(2, 2), frame(bytes(1), { opcode: 0 })]),
      2,
    ],
  ])("%s", async (_name, frames, size) => {
    const { client, record, until } = await start();
    client.write(frames);
    await until(() => record.frames.length > 0);
    expect(record.frames[0]).toEqual(bytes(size));
    expect(record.ends).toBe(0);
  });
});

test("a fragment may come in so many pieces and no more", async () => {
  for (const [pieces, isCut] of [
    [4, false],
    [5, true],
  ] as const) {
    const { client, record, until, sockets } = await start({ limits: { pieces: 4 } });
    const [socket] = sockets;
    if (socket === undefined) throw new Error("expected a socket");
    const sent = frame(bytes(10));
    client.write(sent.subarray(0, 6));
    await once(socket, "data");
    for (let index = 1; index < pieces; index++) {
      client.write(sent.subarray(5 + index, 6 + index));
      await once(socket, "data");
    }
    client.write(sent.subarray(5 + pieces));
    if (isCut) expect(await client.closeCode()).toBe(1008);
    else await until(() => record.frames.length === 1);
    expect(record.frames.length).toBe(isCut ? 0 : 1);
  }
});

test("so many pings and pongs a second and no more", async () => {
  const clock = manualClock();
  const { client, record, until } = await start({ clock, limits: { controlFrames: 10 } });
  const ping = frame(bytes(1), { opcode: 9 });
  const pong = frame(bytes(1), { opcode: 10 });
  for (let second = 1; second <= 3; second++) {
    client.write(
      Buffer.concat([...Array.from({ length: 5 }, () => ping), ...Array.from({ length: 5 }, () => pong)]),
    );
    client.write(frame(Uint8Array.of(second)));
    await until(() => record.frames.length === second);
    clock.advance(1_000);
  }
  client.write(Buffer.concat(Array.from({ length: 11 }, () => pong)));
  expect(await client.closeCode()).toBe(1008);
  expect(await record.closed).toEqual({ kind: "failed", code: 1008 });
});

test("a client that breaks a rule and does not close is cut", async () => {
  const { port, records, sockets } = await start({ limits: { closeTime: 20 } });
  const client = await RawClient.open(port);
  client.socket.allowHalfOpen = true; // it never ends its side
  client.write(frame(bytes(1), { opcode: 1 }));
  expect(await records[1]?.closed).toEqual({ kind: "failed", code: 1003 });
  expect([...sockets].every(({ destroyed }) => !destroyed)).toBe(true); // only the other one is left
  client.socket.destroy();
});

test("a reset ends the connection once", async () => {
  const { client, record } = await start();
  client.write(frame(bytes(10)).subarray(0, 8));
  client.socket.resetAndDestroy();
  expect(await record.closed).toEqual({ kind: "failed", code: 1006 });
  expect(record).toMatchObject({ frames: [], ends: 1 });
});

test("a close frame with a code is answered and told", async () => {
  const { client, record } = await start();
  client.write(frame(Uint8Array.of(0x0f, 0xa5), { opcode: 8 })); // 4005
  expect(await client.closeCode()).toBe(4005);
  expect(await record.closed).toEqual({ kind: "remote", code: 4005 });
});
