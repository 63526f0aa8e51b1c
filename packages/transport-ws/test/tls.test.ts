import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { connect } from "node:tls";
import { manualClock } from "@readback/core/testing";
import { serveWebSocket } from "@readback/transport-ws/server";
import { expect, test } from "vitest";
import { handshake, RawClient } from "./raw-client.ts";
import { recorder } from "./recorder.ts";

// A pre-shared key instead of a certificate, which would have to be made anew every year.
const psk = new Uint8Array(32).fill(1);
const tls = { ciphers: "PSK-AES128-GCM-SHA256", maxVersion: "TLSv1.2" } as const;

test("behind TLS the same limits hold, from the arrival of the TCP connection on", async () => {
  const clock = manualClock();
  const server = createServer({ ...tls, pskCallback: () => psk, pskIdentityHint: "hospital" });
  server.on("tlsClientError", () => {});
  const { accept, records, until } = recorder();
  const limits = { handshakeTime: 5_000, handshakesPerAddress: 2, closeTime: 50 };
  const listener = await serveWebSocket({ server, accept, clock, limits });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;

  const arrived = once(server, "connection");
  const silent = await RawClient.arrive(port); // does not even begin with TLS
  await arrived;
  const options = {
    ...tls,
    port,
    pskCallback: () => ({ psk, identity: "a" }),
    checkServerIdentity: () => undefined,
  };
  const open = async () => {
    const socket = connect(options);
    socket.write(handshake());
    const [answer] = (await once(socket, "data")) as [Buffer];
    expect(answer.toString("latin1")).toMatch(/^HTTP\/1\.1 101 /);
    return socket;
  };
  // The second place is free again after each of them.
  const clients = [await open(), await open(), await open()];
  await until(() => records.length === 3);
  expect(records[0]?.origin).toBe("127.0.0.1");

  clock.advance(5_000);
  await silent.gone;
  expect(records.map(({ ends }) => ends)).toEqual([0, 0, 0]);

  await listener.close();
  for (const client of clients) client.destroy();
  await new Promise((resolve) => server.close(resolve));
});
