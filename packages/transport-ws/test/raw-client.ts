import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** A client that keeps no rule: it writes what it is told to, and notes what comes back. */
export class RawClient {
  readonly socket: Socket;
  #bytes = Buffer.alloc(1_024);
  #length = 0;
  /** Where the frames that were not looked at yet begin. */
  #position = 0;
  /** Resolves when the server has let go of the connection, whatever way. */
  readonly gone: Promise<void>;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (chunk) => {
      if (this.#length + chunk.length > this.#bytes.length) {
        this.#bytes = Buffer.concat([this.#bytes], 2 * (this.#length + chunk.length));
      }
      this.#bytes.set(chunk, this.#length);
      this.#length += chunk.length;
    });
    socket.on("error", () => {}); // a reset is one of the ways
    this.gone = new Promise((resolve) => socket.on("close", () => resolve()));
  }

  /** A TCP connection on which nothing was said. */
  static async arrive(port: number): Promise<RawClient> {
    const socket = connect(port, "127.0.0.1");
    const client = new RawClient(socket);
    await Promise.race([once(socket, "connect"), client.gone]);
    return client;
  }

  /** An open WebSocket. */
  static async open(port: number, headers: readonly string[] = []): Promise<RawClient> {
    const client = await RawClient.arrive(port);
    client.write(handshake(headers));
    await client.until((received) => received.includes("\r\n\r\n"));
    client.#position = client.received.indexOf("\r\n\r\n") + 4;
    return client;
  }

  /** Everything that came, the answer to the handshake included. */
  get received(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  write(bytes: string | Uint8Array): void {
    this.socket.write(bytes);
  }

  /** Resolves when `holds` does, or when the connection is gone. */
  async until(holds: (received: Buffer) => boolean): Promise<void> {
    while (!holds(this.received) && !this.socket.closed) {
      await Promise.race([once(this.socket, "data"), this.gone]);
    }
  }

  /** The status of the answer to a handshake, once it is there; 0 where the connection went without one. */
  async status(): Promise<number> {
    await this.until((received) => received.includes("\r\n"));
    return Number(/^HTTP\/1\.1 (\d+)/.exec(this.received.toString("latin1"))?.[1] ?? 0);
  }

  /** The code of the server's close frame, once it is there; 0 where the connection went without one. */
  async closeCode(): Promise<number> {
    let code: number | undefined;
    await this.until(() => {
      code = this.#frames()
        .find(({ opcode }) => opcode === 8)
        ?.payload.readUInt16BE(0);
      return code !== undefined;
    });
    return code ?? 0;
  }

  /** Resolves when so many pings have come. */
  async pings(count: number): Promise<void> {
    let found = 0;
    await this.until(() => {
      found += this.#frames().filter(({ opcode }) => opcode === 9).length;
      return found >= count;
    });
  }

  /** The whole frames that were not looked at yet. */
  #frames(): { opcode: number; payload: Buffer }[] {
    const frames: { opcode: number; payload: Buffer }[] = [];
    const bytes = this.received;
    while (this.#position + 2 <= bytes.length) {
      const at = this.#position;
      const short = bytes.readUInt8(at + 1) & 0x7f;
      const from = at + (short === 126 ? 4 : short === 127 ? 10 : 2);
      if (from > bytes.length) break;
      const length =
        short === 126
          ? bytes.readUInt16BE(at + 2)
          : short === 127
            ? Number(bytes.readBigUInt64BE(at + 2))
            : short;
      if (from + length > bytes.length) break;
      frames.push({ opcode: bytes.readUInt8(at) & 0x0f, payload: bytes.subarray(from, from + length) });
      this.#position = from + length;
    }
    return frames;
  }
}

/** A whole handshake request; `headers` come last and may contradict the others. */
export function handshake(headers: readonly string[] = [], path = "/"): string {
  const lines = [
    `GET ${path} HTTP/1.1`,
    "Host: relay.example",
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
  ];
  if (!headers.some((header) => header.startsWith("Sec-WebSocket-Protocol"))) {
    lines.push("Sec-WebSocket-Protocol: readback.v1");
  }
  return [...lines, ...headers, "", ""].join("\r\n");
}

/** What goes into a frame. */
export interface RawFrame {
  /** 0 continuation, 1 text, 2 binary, 8 close, 9 ping, 10 pong. Default: 2. */
  opcode?: number;
  final?: boolean;
  masked?: boolean;
  /** Bits 4 to 6 of the first byte. */
  reserved?: number;
  /** Length that the header claims, if another than that of the payload. */
  claims?: number;
}

/** A frame from client to server, well-formed or not. The mask is zero, so the payload stays as it is. */
export function frame(payload: Uint8Array, options: RawFrame = {}): Buffer {
  const { opcode = 2, final = true, masked = true, reserved = 0, claims = payload.length } = options;
  const first = (final ? 0x80 : 0) | reserved | opcode;
  const mask = masked ? 0x80 : 0;
  let header: Buffer;
  if (claims < 126) {
    header = Buffer.from([first, mask | claims]);
  } else if (claims < 65_536) {
    header = Buffer.alloc(4, Uint8Array.of(first, mask | 126, 0, 0));
    header.writeUInt16BE(claims, 2);
  } else {
    header = Buffer.alloc(10);
    header.set([first, mask | 127]);
    header.writeBigUInt64BE(BigInt(claims), 2);
  }
  return Buffer.concat([header, Buffer.alloc(masked ? 4 : 0), payload]);
}
