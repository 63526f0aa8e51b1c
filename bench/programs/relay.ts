/** A relay over WebSocket with one SQLite file, and beside it a bare echo for comparison. */
import type { AddressInfo } from "node:net";
import { systemClock, systemRandom, unsafeDevelopmentAuthority } from "@readback/core";
import { createRelay, memoryRelayStore, type Relay, type RelayStore } from "@readback/relay";
import { sqliteRelayStore } from "@readback/relay/sqlite";
import { serveWebSocket, type WebSocketListener } from "@readback/transport-ws/server";
import { WebSocketServer } from "ws";
import { answerOrders, type RelayOrders } from "./orders.ts";

const unlimited = { burst: 1e9, perMinute: 1e9 };

let store: RelayStore;
let relay: Relay;
let listener: WebSocketListener;
let echo: WebSocketServer;

answerOrders<RelayOrders>({
  async start({ database }) {
    store = database === undefined ? memoryRelayStore() : sqliteRelayStore(database);
    relay = await createRelay({
      name: "relay.example",
      store,
      authority: unsafeDevelopmentAuthority(),
      clock: systemClock,
      random: systemRandom,
      limits: { requests: unlimited, sends: unlimited, strangersPerOrigin: 1_000 },
    });
    listener = await serveWebSocket({
      port: 0,
      accept: relay.accept,
      limits: { connectionsPerAddress: 20_000, handshakesPerAddress: 1_000 },
    });
    echo = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false });
    echo.on("connection", (socket) => socket.on("message", (data) => socket.send(data)));
    await new Promise((resolve) => echo.once("listening", resolve));
    return { port: listener.port ?? 0, echoPort: (echo.address() as AddressInfo).port };
  },
  memory: async () => process.memoryUsage.rss(),
  async end() {
    for (const socket of echo.clients) socket.terminate();
    echo.close();
    await relay.close();
    await listener.close();
    await store.close();
  },
});
