/** A bare `ws` server: stores each message where it was told to, sends it to everybody else, and answers the sender. */
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";
import { type BareTable, bareTable } from "../bare-table.ts";
import { answerOrders, type BroadcastOrders } from "./orders.ts";

let server: WebSocketServer;
let table: BareTable | undefined;

answerOrders<BroadcastOrders>({
  async start({ database }) {
    table = database === undefined ? undefined : bareTable(database);
    server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false, backlog: 4_096 });
    server.on("connection", (sender) =>
      sender.on("message", (data: Buffer) => {
        table?.add([data]);
        for (const socket of server.clients) if (socket !== sender) socket.send(data);
        sender.send(answer);
      }),
    );
    await new Promise((resolve) => server.once("listening", resolve));
    return { port: (server.address() as AddressInfo).port };
  },
  memory: async () => process.memoryUsage.rss(),
  async end() {
    for (const socket of server.clients) socket.terminate();
    server.close();
    table?.close();
  },
});

const answer = new Uint8Array(24);
