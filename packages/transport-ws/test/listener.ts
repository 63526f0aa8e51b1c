import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { MakeTransport } from "@readback/core/testing";
import type { Accept, Transport } from "@readback/core/wire";
import { type ServeWebSocketOptions, serveWebSocket } from "@readback/transport-ws/server";

/** A listener on a server whose sockets can be cut. */
export async function startListener(accept: Accept, options: Partial<ServeWebSocketOptions> = {}) {
  const server = createServer();
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  // Raw clients do not answer a close, so nobody has to wait for them long.
  const limits = { closeTime: 50, ...options.limits };
  const listener = await serveWebSocket({ ...options, limits, accept, server });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await listener.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return {
    listener,
    port,
    url: `ws://127.0.0.1:${port}`,
    server,
    /** The server's ends of all TCP connections. */
    sockets,
    cut: () => {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

/** A maker of subjects for the transport cases, from a way to make a transport for an address. */
export function makeOver(dial: (url: string) => Transport): MakeTransport {
  return async (accept) => {
    const { url, cut, close } = await startListener(accept);
    return { transport: dial(url), cut, close };
  };
}
