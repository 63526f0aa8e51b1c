import { once } from "node:events";
import { get } from "node:http";
import { manualClock } from "@readback/core/testing";
import { type ServeWebSocketOptions, serveWebSocket } from "@readback/transport-ws/server";
import { afterEach, expect, test } from "vitest";
import { startListener } from "./listener.ts";
import { handshake, RawClient } from "./raw-client.ts";
import { recorder } from "./recorder.ts";

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
});

async function start(options: Partial<ServeWebSocketOptions> = {}) {
  const recorded = recorder();
  const started = await startListener(recorded.accept, options);
  opened.push(started);
  return { ...started, ...recorded };
}

async function ask(port: number, request: string): Promise<number> {
  const client = await RawClient.arrive(port);
  client.write(request);
  const status = await client.status();
  if (status !== 101) await client.gone;
  return status;
}

test("a proper handshake opens a connection, which is told where it comes from", async () => {
  const { port, records } = await start();
  expect(await ask(port, handshake())).toBe(101);
  expect(records).toMatchObject([{ origin: "127.0.0.1" }]);
});

const key = "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==";
test.each<[name: string, request: string, status: number]>([
  ["no subprotocol", handshake(["Sec-WebSocket-Protocol:"]), 400],
  ["another subprotocol", handshake(["Sec-WebSocket-Protocol: readback.v2, chat"]), 400],
  ["an invalid subprotocol", handshake(["Sec-WebSocket-Protocol: readback.v1, a b"]), 400],
  ["no key", handshake().replace(`${key}\r\n`, ""), 400],
  ["a short key", handshake().replace(key, "Sec-WebSocket-Key: AAAA"), 400],
  ["another version", handshake().replace("Version: 13", "Version: 12"), 400],
  ["another upgrade", handshake().replace("Upgrade: websocket", "Upgrade: h2c"), 400],
  ["another method", handshake().replace("GET", "POST"), 405],
  ["another path", handshake([], "/other"), 404],
  ["a longer path", handshake([], "/relay/"), 404],
  ["no HTTP", "\u0016\u0003\u0001\u0002\u0000\r\n\r\n", 400],
])("%s is refused", async (_name, request, status) => {
  const { port, records } = await start({ path: "/relay" });
  const onPath = request.replace("GET / ", "GET /relay ").replace("POST / ", "POST /relay ");
  expect(await ask(port, onPath)).toBe(status);
  expect(records).toEqual([]);
});

test("the one among several subprotocols is taken, and a query is no part of the path", async () => {
  const { port } = await start({ path: "/relay" });
  const several = handshake(["Sec-WebSocket-Protocol: chat, readback.v1"], "/relay?a=1");
  const client = await RawClient.arrive(port);
  client.write(several);
  expect(await client.status()).toBe(101);
  expect(client.received.toString("latin1")).toMatch(/Sec-WebSocket-Protocol: readback\.v1\r\n/);
});

test("compression is not negotiated", async () => {
  const { port } = await start();
  const client = await RawClient.arrive(port);
  client.write(handshake(["Sec-WebSocket-Extensions: permessage-deflate"]));
  await client.until((received) => received.includes("\r\n\r\n"));
  expect(client.received.toString("latin1")).not.toMatch(/extensions/i);
});

test("a plain request is answered with 426 by a server of our own", async () => {
  const listener = await serveWebSocket({ port: 0, accept: recorder().accept, limits: { closeTime: 50 } });
  opened.push(listener);
  expect(await ask(listener.port as number, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")).toBe(426);
  expect(await ask(listener.port as number, handshake())).toBe(101);
});

test("header lines are counted and weighed", async () => {
  const { port } = await start({ limits: { headerCount: 10, headerSize: 1_000 } });
  const more = (count: number) => Array.from({ length: count }, (_, index) => `A-${index}: 1`);
  expect(await ask(port, handshake(more(4)))).toBe(101);
  expect(await ask(port, handshake(more(5)))).toBe(431);
  expect(await ask(port, handshake([`A: ${"a".repeat(700)}`]))).toBe(101);
  expect(await ask(port, handshake([`A: ${"a".repeat(1_000)}`]))).toBe(431);
});

test("a server of our own stops reading header lines at the limit", async () => {
  const listener = await serveWebSocket({ port: 0, accept: recorder().accept });
  opened.push(listener);
  const client = await RawClient.arrive(listener.port as number);
  client.write(`GET / HTTP/1.1\r\nA: ${"a".repeat(9_000)}`); // no end of the line ever comes
  expect(await client.status()).toBe(431);
  await client.gone;
});

test.each(["", "GET / HTTP/1.1\r\nHost: a\r\nA: "])(
  "a request that does not end is cut: %j",
  async (beginning) => {
    const clock = manualClock();
    const { port, server, sockets } = await start({ clock, limits: { handshakeTime: 5_000 } });
    const arrived = once(server, "connection");
    const client = await RawClient.arrive(port);
    await arrived;
    if (beginning !== "") {
      client.write(beginning);
      for (let index = 0; index < 10; index++) {
        const [socket] = sockets;
        const heard = socket?.bytesRead;
        client.write("a"); // a byte now and then buys no time
        while (socket?.bytesRead === heard) await new Promise((resolve) => setImmediate(resolve));
        clock.advance(499);
      }
      clock.advance(9);
    } else {
      clock.advance(4_999);
    }
    expect(sockets.size).toBe(1);
    clock.advance(1);
    await client.gone;
  },
);

test("connections that ask nothing are counted by address and together", async () => {
  const { port, server } = await start({ limits: { handshakesPerAddress: 2 } });
  const arrive = async () => {
    const arrived = once(server, "connection");
    const client = await RawClient.arrive(port);
    await arrived;
    return client;
  };
  const [first, second] = [await arrive(), await arrive()];
  await (await arrive()).gone;
  first.write(handshake());
  expect(await first.status()).toBe(101);
  const third = await arrive();
  await (await arrive()).gone;
  for (const client of [second, third]) {
    client.write(handshake());
    expect(await client.status()).toBe(101);
  }
});

test("behind a proxy only their total counts", async () => {
  const options = { limits: { handshakesPerAddress: 1, handshakes: 3 } };
  const { port, server } = await start({ ...options, addressOf: () => "192.0.2.1" });
  const clients: RawClient[] = [];
  for (let index = 0; index < 3; index++) {
    const arrived = once(server, "connection");
    clients.push(await RawClient.arrive(port));
    await arrived;
  }
  await (await RawClient.arrive(port)).gone;
  expect(clients.map(({ socket }) => socket.destroyed)).toEqual([false, false, false]);
});

test("open connections are counted by address and together, and handshakes that fail are not", async () => {
  const { port, records } = await start({
    limits: { connectionsPerAddress: 2, connections: 3 },
    addressOf: ({ headers }) => headers["x-forwarded-for"] as string,
  });
  const from = (address: string) => handshake([`X-Forwarded-For: ${address}`]);
  const bad = from("192.0.2.1").replace(key, "Sec-WebSocket-Key: AAAA");
  for (let index = 0; index < 5; index++) expect(await ask(port, bad)).toBe(400);
  expect(await ask(port, from("192.0.2.1"))).toBe(101);
  expect(await ask(port, from("192.0.2.1"))).toBe(101);
  expect(await ask(port, from("192.0.2.1"))).toBe(429);
  expect(await ask(port, from("192.0.2.2"))).toBe(101);
  expect(await ask(port, from("192.0.2.3"))).toBe(503);
  expect(records.map(({ origin }) => origin)).toEqual(["192.0.2.1", "192.0.2.1", "192.0.2.2"]);
  await records[0]?.connection.close();
  expect(await ask(port, from("192.0.2.1"))).toBe(101);
});

test("a shared server takes its time over its other requests", async () => {
  const clock = manualClock();
  const { port, server } = await start({ clock });
  const asked = once(server, "request");
  const client = await RawClient.arrive(port);
  client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  const [, response] = await asked;
  clock.advance(100_000);
  response.end();
  expect(await client.status()).toBe(200);
  client.socket.end();
});

test("a shared server keeps its other paths, and stays open", async () => {
  const { port, server, listener } = await start({ path: "/relay" });
  server.on("request", (_request, response) => response.end("others"));
  server.on("upgrade", ({ url }, socket) => {
    if (url === "/others") socket.end("HTTP/1.1 418 I'm a teapot\r\n\r\n");
  });
  expect(await ask(port, handshake([], "/others"))).toBe(418);
  expect(await ask(port, handshake([], "/relay"))).toBe(101);
  await listener.close();
  const [response] = await once(get({ port, agent: false }), "response");
  expect(response.statusCode).toBe(200);
  response.resume();
  await once(response, "end");
});
