import { transportCases } from "@readback/core/testing";
import { webSocketTransport } from "@readback/transport-ws";
import { describe, test } from "vitest";
import { WebSocket } from "ws";
import { makeOver } from "./listener.ts";

describe("with the global WebSocket", () => {
  const make = makeOver((url) => webSocketTransport(url));
  test.each(transportCases)("$name", ({ run }) => run(make));
});

describe("with the class of ws", () => {
  const make = makeOver((url) => webSocketTransport(url, { WebSocket }));
  test.each(transportCases)("$name", ({ run }) => run(make));
});
