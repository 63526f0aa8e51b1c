/** Opens connections to a relay. Holds no state and never retries: core decides when to dial again. */
export interface Transport {
  /**
   * Opens one connection. Rejects with code `transport-failed` if none could be opened and with `aborted` if
   * `signal` aborted. Must not call `handler` before the promise resolves; after it resolved, aborting `signal`
   * has no effect.
   */
  connect(handler: ConnectionHandler, signal: AbortSignal): Promise<Connection>;
}

/** What a connection calls. Both methods return at once and never throw. */
export interface ConnectionHandler {
  /** One whole frame, in the order sent. The bytes belong to the receiver. */
  onFrame(frame: Uint8Array): void;
  /** Exactly once, after the last frame, for whatever reason. */
  onClose(reason: CloseReason): void;
}

/** Why a connection ended. `local`: our `close`; `remote`: the other side; `failed`: the network or a violation. */
export interface CloseReason {
  readonly kind: "local" | "remote" | "failed";
  /** A numeric code of the transport, where it has one (WebSocket: 1000 to 4999). */
  readonly code?: number;
}

/** One open connection: whole frames of 0 to 65,536 bytes, in order, both ways. */
export interface Connection {
  /**
   * Resolves when the frame has been handed on (backpressure), rejects with `transport-failed` if it was not.
   * Never means delivered. The bytes may be reused by the caller once the promise settled. A longer frame rejects with
   * `too-large`, and the connection stays as it is. Who lets more than 1 MiB wait may be cut off.
   */
  send(frame: Uint8Array): Promise<void>;
  /**
   * Ends the connection: what was handed on still goes out, and no frame comes in any more. Resolves once `onClose`
   * was called, soon even where the other side is gone. Idempotent.
   */
  close(): Promise<void>;
}
