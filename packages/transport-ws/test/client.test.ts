import { createHash } from "node:crypto";
import { getEventListeners, once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { CloseReason } from "@readback/core/wire";
import { webSocketTransport } from "@readback/transport-ws";
import { afterEach, describe, expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";

// What a listener of ours never does, others may: plain `ws` on the other side, with the raw sockets at hand.

const signal = new AbortController().signal;
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

async function serve(options: { handleProtocols?: () => string | false } = {}) {
  const server = createServer();
  const webSockets = new WebSocketServer({ server, handleProtocols: () => "readback.v1", ...options });
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  stops.push(async () => {
    for (const socket of sockets) socket.destroy();
    webSockets.close();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { url: `ws://127.0.0.1:${port}`, webSockets, sockets };
}

async function dial(url: string, options: Parameters<typeof webSocketTransport>[1] = {}) {
  const frames: Uint8Array[] = [];
  let onClose: (reason: CloseReason) => void = () => {};
  const closed = new Promise<CloseReason>((resolve) => {
    onClose = resolve;
  });
  const handler = { onFrame: (frame: Uint8Array) => frames.push(frame), onClose };
  const connection = await webSocketTransport(url, options).connect(handler, signal);
  return { connection, frames, closed };
}

describe.each([
  ["the global WebSocket", {}],
  ["the class of ws", { WebSocket }],
])("with %s", (_name, options) => {
  test.each<[name: string, hostile: string | Uint8Array]>([
    ["a text frame", "hello"],
    ["a frame that is too large", new Uint8Array(65_537)],
  ])("%s from the relay ends the connection, and nothing follows it", async (_frame, hostile) => {
    const { url, webSockets } = await serve();
    const code = new Promise((resolve) => {
      webSockets.on("connection", (webSocket) => {
        webSocket.on("close", resolve);
        webSocket.send(Uint8Array.of(1));
        webSocket.send(hostile);
        webSocket.send(Uint8Array.of(2));
      });
    });
    const { closed, frames, connection } = await dial(url, options);
    expect(await closed).toEqual({ kind: "failed", code: 4002 });
    expect(frames).toEqual([Uint8Array.of(1)]);
    expect(await code).toBe(4002);
    await expect(connection.send(Uint8Array.of(1))).rejects.toMatchObject({ code: "transport-failed" });
  });

  test.each([
    [1000, "remote"],
    [1001, "remote"],
    [1002, "failed"],
    [1008, "failed"],
    [1009, "failed"],
    [1011, "remote"],
    [4000, "remote"],
  ])("a relay that closes with %i has %s", async (code, kind) => {
    const { url, webSockets } = await serve();
    webSockets.on("connection", (webSocket) => webSocket.close(code));
    const { closed } = await dial(url, options);
    expect(await closed).toEqual({ kind, code });
  });

  test("a relay that closes without a code has closed", async () => {
    const { url, webSockets } = await serve();
    webSockets.on("connection", (webSocket) => webSocket.close());
    const { closed } = await dial(url, options);
    expect(await closed).toEqual({ kind: "remote", code: 1005 });
  });

  test("close waits for a relay that does not answer no longer than it should", async () => {
    const { url, webSockets } = await serve();
    webSockets.on("connection", (webSocket) => webSocket.pause());
    const { connection, closed } = await dial(url, { ...options, closeTime: 20 });
    await connection.close();
    expect(await closed).toEqual({ kind: "local", code: 1000 });
  });

  test("send waits while the relay does not read, and goes on when it does", async () => {
    const { url, webSockets, sockets } = await serve();
    const { connection } = await dial(url, { ...options, maximumBufferedBytes: 65_536 });
    const [webSocket] = webSockets.clients;
    let received = 0;
    webSocket?.on("message", () => {
      received += 1;
    });
    const [socket] = sockets;
    socket?.pause();

    // The network takes some megabytes, never all of these 32.
    let handedOn = 0;
    let mostUnderWay = 0;
    const sends = Array.from({ length: 500 }, () =>
      connection.send(new Uint8Array(65_536)).then(() => {
        handedOn += 1;
        mostUnderWay = Math.max(mostUnderWay, handedOn - received);
      }),
    );
    await sends[8];
    socket?.resume();
    await Promise.all(sends);
    expect(mostUnderWay).toBeLessThan(300);
    await connection.close();
    expect(received).toBe(500);
  });

  test("send rejects while it waits and the line breaks", async () => {
    const { url, sockets } = await serve();
    const { connection, closed } = await dial(url, { ...options, maximumBufferedBytes: 65_536 });
    const [socket] = sockets;
    socket?.pause();
    const sends = Array.from({ length: 500 }, () => connection.send(new Uint8Array(65_536)));
    const settled = Promise.allSettled(sends);
    socket?.destroy();
    const reasons = (await settled).flatMap((result) =>
      result.status === "rejected" ? [result.reason] : [],
    );
    expect(reasons.length).toBeGreaterThan(0);
    expect(reasons.every(({ code }) => code === "transport-failed")).toBe(true);
    expect(await closed).toMatchObject({ kind: "failed" });
  });

  test("nothing can be sent once the relay has said that it closes", async () => {
    const server = createServer();
    const answered = new Promise<Socket>((resolve) => {
      server.on("upgrade", ({ headers }, socket: Socket) => {
        const guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
        const accept = createHash("sha1").update(`${headers["sec-websocket-key"]}${guid}`).digest("base64");
        const lines = ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Protocol: readback.v1"];
        socket.write(["HTTP/1.1 101 OK", ...lines, `Sec-WebSocket-Accept: ${accept}`, "", ""].join("\r\n"));
        socket.write(Uint8Array.of(0x88, 2, 0x03, 0xe9)); // 1001, and then it keeps the line open
        socket.on("error", () => {});
        socket.once("data", () => resolve(socket));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const { connection, closed } = await dial(`ws://127.0.0.1:${port}`, options);
    const socket = await answered;
    const sent = connection.send(Uint8Array.of(1));
    await expect(sent).rejects.toMatchObject({ code: "transport-failed" });
    socket.destroy();
    expect(await closed).toEqual({ kind: "remote", code: 1001 });
    server.close();
  });

  test("a signal is let go of once connected", async () => {
    const { url } = await serve();
    const abort = new AbortController();
    const handler = { onFrame: () => {}, onClose: () => {} };
    await webSocketTransport(url, options).connect(handler, abort.signal);
    expect(getEventListeners(abort.signal, "abort")).toEqual([]);
  });

  test("a server that speaks another protocol is no relay", async () => {
    const { url } = await serve({ handleProtocols: () => false });
    await expect(dial(url, options)).rejects.toMatchObject({ code: "transport-failed" });
  });

  test("a server that speaks no WebSocket is no relay", async () => {
    const server = createServer((_request, response) => response.end("hello"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    stops.push(async () => {
      server.closeAllConnections();
      server.close();
    });
    await expect(dial(`ws://127.0.0.1:${port}`, options)).rejects.toMatchObject({ code: "transport-failed" });
  });

  test("an abort drops a handshake that is not answered", async () => {
    const server = createServer();
    server.on("upgrade", () => {}); // says nothing, for ever
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const arrived = once(server, "upgrade");
    const abort = new AbortController();
    const handler = { onFrame: () => {}, onClose: () => {} };
    const connecting = webSocketTransport(`ws://127.0.0.1:${port}`, options).connect(handler, abort.signal);
    const [, socket] = (await arrived) as [unknown, Socket];
    socket.on("error", () => {});
    socket.resume();
    abort.abort();
    await expect(connecting).rejects.toMatchObject({ code: "aborted" });
    await Promise.race([once(socket, "end"), once(socket, "close")]);
    socket.destroy();
    server.close();
  });
});

test("an address that is none throws at once", () => {
  const wrong = ["", "relay.example", "https://relay.example", "/relay", "ws://", "wss://relay.example/#a"];
  for (const url of wrong) {
    expect(() => webSocketTransport(url)).toThrow(expect.objectContaining({ code: "invalid-argument" }));
  }
  expect(() => webSocketTransport("ws://a", { closeTime: -1 })).toThrow(
    expect.objectContaining({ code: "invalid-argument" }),
  );
  webSocketTransport(new URL("wss://relay.example/relay?a=1"));
});

test("a class that does not name the protocol finds no relay", async () => {
  const { url } = await serve();
  const silent = class extends WebSocket {
    constructor(url: string) {
      super(url);
    }
  };
  await expect(dial(url, { WebSocket: silent })).rejects.toMatchObject({ code: "transport-failed" });
});

test("a class that refuses to dial rejects", async () => {
  const refuses = class extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super("no address", protocols);
      throw new Error(url);
    }
  };
  await expect(dial("ws://relay.example", { WebSocket: refuses })).rejects.toMatchObject({
    code: "transport-failed",
  });
});
