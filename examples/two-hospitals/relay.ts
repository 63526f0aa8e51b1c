/** The relay between two hospitals: a WebSocket, and one SQLite file. What passes through it, it cannot read. */
import { systemClock, systemRandom, unsafeDevelopmentAuthority } from "@readback/core";
import { createRelay, type Relay } from "@readback/relay";
import { sqliteRelayStore } from "@readback/relay/sqlite";
import { serveWebSocket, type WebSocketListener } from "@readback/transport-ws/server";
import { report, takeOrders } from "./child.ts";
import type { RelayOrder } from "./talk.ts";

/** A text of thousands of lines comes faster than people write; everything else is limited as on the internet. */
const limits = {
  requests: { burst: 10_000, perMinute: 600_000 },
  sends: { burst: 10_000, perMinute: 600_000 },
};

let store: ReturnType<typeof sqliteRelayStore>;
let relay: Relay;
let listener: WebSocketListener;

takeOrders<RelayOrder>(async (order) => {
  if (order.type === "start") {
    store = sqliteRelayStore(order.database);
    relay = await createRelay({
      name: "relay.example",
      store,
      authority: unsafeDevelopmentAuthority(),
      clock: systemClock,
      random: systemRandom,
      limits,
    });
    listener = await serveWebSocket({ port: order.port, accept: relay.accept });
    report({ type: "listening", port: listener.port ?? order.port });
  } else {
    await relay.close();
    await listener.close();
    await store.close();
  }
});
