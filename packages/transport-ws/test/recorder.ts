import type { Accept, CloseReason, Connection } from "@readback/core/wire";

/** One accepted connection and what was told about it. */
export interface Recorded {
  readonly connection: Connection;
  readonly origin: string | undefined;
  readonly frames: Uint8Array[];
  /** How often `onClose` was called. */
  ends: number;
  readonly closed: Promise<CloseReason>;
}

/** An `accept` that records, and echoes every frame where `echo` is true. */
export function recorder(echo = false) {
  const records: Recorded[] = [];
  let tell: (() => void) | undefined;
  const accept: Accept = (connection, origin) => {
    let close: (reason: CloseReason) => void = () => {};
    const closed = new Promise<CloseReason>((resolve) => {
      close = resolve;
    });
    const record: Recorded = { connection, origin, frames: [], ends: 0, closed };
    records.push(record);
    tell?.();
    return {
      onFrame(frame) {
        record.frames.push(frame);
        tell?.();
        if (echo) void connection.send(frame);
      },
      onClose(reason) {
        record.ends += 1;
        close(reason);
      },
    };
  };
  return {
    accept,
    records,
    /** Resolves when `holds` does; asks again with each connection and each frame. */
    async until(holds: () => boolean): Promise<void> {
      while (!holds()) {
        await new Promise<void>((resolve) => {
          tell = resolve;
        });
      }
    },
  };
}
