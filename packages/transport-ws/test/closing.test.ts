import { webSocketTransport } from "@readback/transport-ws";
import { serveWebSocket } from "@readback/transport-ws/server";
import { expect, test } from "vitest";
import { handshake, RawClient } from "./raw-client.ts";
import { recorder } from "./recorder.ts";

const limits = { closeTime: 50 };
const signal = new AbortController().signal;

test("close says goodbye to everybody, and resolves when all have gone", async () => {
  const { accept, records } = recorder();
  const listener = await serveWebSocket({ port: 0, accept });
  const port = listener.port as number;
  const raw = await RawClient.open(port);
  const silent = await RawClient.arrive(port);
  const reason = new Promise((resolve, reject) => {
    const handler = { onFrame: () => {}, onClose: resolve };
    webSocketTransport(`ws://127.0.0.1:${port}`).connect(handler, signal).catch(reject);
  });
  while (listener.connections < 2) await new Promise((resolve) => setImmediate(resolve));
  const code = raw.closeCode();
  void code.then(() => raw.socket.end());
  await Promise.all([listener.close(), listener.close()]);
  expect(listener.connections).toBe(0);
  expect(await Promise.all(records.map(({ closed }) => closed))).toEqual([
    { kind: "local", code: 1001 },
    { kind: "local", code: 1001 },
  ]);
  expect(await code).toBe(1001);
  expect(await reason).toEqual({ kind: "remote", code: 1001 });
  await silent.gone;
  const handler = { onFrame: () => {}, onClose: () => {} };
  const again = webSocketTransport(`ws://127.0.0.1:${port}`).connect(handler, signal);
  await expect(again).rejects.toMatchObject({ code: "transport-failed" });
  await listener.close();
});

test("what was sent before close still goes out", async () => {
  const { accept, records } = recorder();
  const listener = await serveWebSocket({ port: 0, accept, limits });
  const raw = await RawClient.open(listener.port as number);
  const sent = records[0]?.connection.send(new Uint8Array(50_000));
  await listener.close();
  await sent;
  await raw.gone;
  expect(raw.received.length).toBeGreaterThan(50_000);
  expect(await raw.closeCode()).toBe(1001);
});

test("close waits for nobody longer than the closing time", async () => {
  const { accept, records } = recorder();
  const listener = await serveWebSocket({ port: 0, accept, limits: { closeTime: 20 } });
  const stubborn = await RawClient.open(listener.port as number);
  stubborn.socket.pause();
  await listener.close();
  expect(await records[0]?.closed).toEqual({ kind: "local", code: 1001 });
  stubborn.socket.destroy();
});

test("a handshake that comes while the listener closes is not served", async () => {
  const { accept, records } = recorder();
  const listener = await serveWebSocket({ port: 0, accept, limits: { closeTime: 20 } });
  const stubborn = await RawClient.open(listener.port as number);
  const late = await RawClient.arrive(listener.port as number);
  stubborn.socket.pause();
  const closed = listener.close();
  late.write(handshake());
  await Promise.all([late.gone, closed]);
  expect(late.received.length).toBe(0);
  expect(records.length).toBe(1);
  stubborn.socket.destroy();
});

test("a port that is taken rejects, and wrong options throw", async () => {
  const { accept } = recorder();
  const listener = await serveWebSocket({ port: 0, accept });
  const port = listener.port as number;
  await expect(serveWebSocket({ port, accept })).rejects.toMatchObject({ code: "transport-failed" });
  await listener.close();
  const wrong = { code: "invalid-argument" };
  await expect(serveWebSocket({ accept })).rejects.toMatchObject(wrong);
  await expect(serveWebSocket({ port: 65_536, accept })).rejects.toMatchObject(wrong);
  await expect(serveWebSocket({ port: 0, accept, limits: { fragments: 0 } })).rejects.toMatchObject(wrong);
  await expect(serveWebSocket({ port: 0, accept, limits: { pingTime: Number.NaN } })).rejects.toMatchObject(
    wrong,
  );
});

test("operators are told why, and nothing about whom", async () => {
  const lines: unknown[] = [];
  const { accept, records } = recorder();
  const listener = await serveWebSocket({ port: 0, accept, limits, logger: (line) => lines.push(line) });
  const refused = await RawClient.arrive(listener.port as number);
  refused.write(handshake([], "/").replace("readback.v1", "chat"));
  await refused.gone;
  const cut = await RawClient.open(listener.port as number);
  cut.write(Uint8Array.of(0x81, 0x80, 0, 0, 0, 0));
  await records[0]?.closed;
  await listener.close();
  expect(lines).toEqual([
    { level: "info", event: "connection-refused", details: { reason: "handshake" } },
    { level: "info", event: "connection-cut", details: { reason: "text-frame" } },
  ]);
});
