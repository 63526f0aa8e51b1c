import type { Server } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Clock } from "@readback/core/wire";
import { AddressCount, networkOf } from "./address-count.ts";
import type { WebSocketLimits } from "./limits.ts";

/** Holds those TCP connections to their limits that have not made a whole request yet. */
export class FrontDoor {
  readonly #server: Server;
  readonly #clock: Clock;
  readonly #limits: WebSocketLimits;
  readonly #onRefused: (why: string) => void;
  readonly #count: AddressCount;
  readonly #waiting = new Map<string, { socket: Socket; leave(): void }>();

  /** @param isBehindProxy - then all come from one address, and only their total counts */
  constructor(
    server: Server,
    limits: WebSocketLimits,
    clock: Clock,
    isBehindProxy: boolean,
    onRefused: (why: string) => void,
  ) {
    this.#server = server;
    this.#clock = clock;
    this.#limits = limits;
    this.#onRefused = onRefused;
    const perAddress = isBehindProxy ? Number.POSITIVE_INFINITY : limits.handshakesPerAddress;
    this.#count = new AddressCount(limits.handshakes, perAddress);
    server.on("connection", this.#onConnection);
    server.on("request", this.#onRequest);
  }

  /** This one has made a request. */
  leave(socket: Duplex): void {
    const place = placeOf(socket as Socket);
    if (place !== undefined) this.#waiting.get(place)?.leave();
  }

  /** Lets nobody in any more. */
  close(): void {
    this.#server.off("connection", this.#onConnection);
    this.#server.off("request", this.#onRequest);
    for (const { socket } of this.#waiting.values()) socket.destroy();
  }

  readonly #onRequest = ({ socket }: { socket: Socket }): void => this.leave(socket);

  readonly #onConnection = (socket: Socket): void => {
    const place = placeOf(socket);
    if (place === undefined) return;
    const release = this.#count.take(networkOf(socket.remoteAddress));
    if (typeof release === "string") {
      this.#onRefused(`handshakes-${release}`);
      socket.destroy();
      return;
    }
    const cancel = this.#clock.wake(this.#clock.now() + this.#limits.handshakeTime, () => {
      this.#onRefused("handshake-time");
      socket.destroy();
    });
    const leave = (): void => {
      cancel();
      release();
      this.#waiting.delete(place);
      socket.off("close", leave);
    };
    socket.on("close", leave);
    this.#waiting.set(place, { socket, leave });
  };
}

/**
 * Where a socket comes from. It tells that a request over TLS belongs to the TCP connection that was seen arriving:
 * Node has no other public link between the two. Sockets of the file system come from nowhere, and from this machine.
 */
function placeOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string | undefined {
  if (remoteAddress === undefined) return undefined;
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}
