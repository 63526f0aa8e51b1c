import { transportCases } from "@readback/core/testing";
import { describe, inject, test } from "vitest";
import { remoteSubject } from "./remote-listener.ts";

const peer = inject("transportPeer");

describe("with the WebSocket of the browser", () => {
  test.each(transportCases)("$name", ({ run }) => run((accept) => remoteSubject(peer, accept)));
});
