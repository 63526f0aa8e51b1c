/** A relay over WebSocket with one SQLite file, and beside it a bare echo for comparison. */
import type { AddressInfo } from "node:net";
import { systemClock, systemRandom, unsafeDevelopmentAuthority } from "@readback/core";
import { createRelay, type Relay } from "@readback/relay";
import { sqliteRelayStore } from "@readback/relay/sqlite";
import { serveWebSocket, type WebSocketListener } from "@readback/transport-ws/server";
import { WebSocketServer } from "ws";
import { answerOrders, type RelayOrders } from "./orders.ts";

const unlimited = { burst: 1e9, perMinute: 1e9 };

let store: ReturnType<typeof sqliteRelayStore>;
let relay: Relay;
let listener: WebSocketListener;
let echo: WebSocketServer;

answerOrders<RelayOrders>({
  async start({ database }) {
    store = sqliteRelayStore(database);
    relay = await createRelay({
      name: "relay.example",
      store,
      authority: unsafeDevelopmentAuthority(),
      clock: systemClock,
      random: systemRandom,
      limits: { requests: unlimited, sends: unlimited },
    });
    listener = await serveWebSocket({ port: 0, accept: relay.accept });
    echo = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false });
    echo.on("connection", (socket) => socket.on("message", (data) => socket.send(data)));
    await new Promise((resolve) => echo.once("listening", resolve));
    return { port: listener.port ?? 0, echoPort: (echo.address() as AddressInfo).port };
  },
  async end() {
    for (const socket of echo.clients) socket.terminate();
    echo.close();
    await relay.close();
    await listener.close();
    await store.close();
  },
});
