/** What a standard WebSocket tells of an event, as far as a transport looks at it. */
export interface WebSocketEvent {
  readonly type: string;
  /** Of `message`: an `ArrayBuffer`, or a string. */
  readonly data?: unknown;
  /** Of `close`: the close code, 1005 where the other side gave none and 1006 where the connection broke. */
  readonly code?: number;
  /** Of `error`, where the runtime tells. */
  readonly error?: unknown;
}

/** The part of the standard `WebSocket` that a transport uses: any object that keeps the standard has it. */
export interface StandardWebSocket {
  binaryType: string;
  readonly protocol: string;
  /** 1 while it is open. */
  readonly readyState: number;
  /** Bytes that were sent and not yet handed to the network; React Native has none. */
  readonly bufferedAmount?: number;
  send(data: Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
  addEventListener(
    type: "open" | "message" | "close" | "error",
    listener: (event: WebSocketEvent) => void,
  ): void;
}

/** A class of {@link StandardWebSocket}: the global `WebSocket` of every runtime, or that of the package `ws`. */
export type WebSocketConstructor = new (url: string, protocols: string[]) => StandardWebSocket;
