import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { FrameWriter } from "../src/server/frame-writer.ts";

/** Bytes written to a socket so far. */
function written(socket: PassThrough): number[] {
  return [...((socket.read() as Buffer | null) ?? [])];
}

test("a frame goes to many, and is looked at again once it may have changed", async () => {
  const sockets = [new PassThrough(), new PassThrough()] as const;
  const writers = sockets.map((socket) => new FrameWriter(socket));
  const frame = Uint8Array.of(1, 2, 3);
  await Promise.all(writers.map((writer) => writer.write(frame) ?? Promise.resolve()));
  expect(sockets.map(written)).toEqual([
    [0x82, 3, 1, 2, 3],
    [0x82, 3, 1, 2, 3],
  ]);
  // Its promise has settled: the frame is its owner's again.
  frame[0] = 9;
  for (const writer of writers) void writer.write(frame);
  const other = Uint8Array.of(7);
  for (const writer of writers) void writer.write(other);
  expect(sockets.map(written)).toEqual([
    [0x82, 3, 9, 2, 3, 0x82, 1, 7],
    [0x82, 3, 9, 2, 3, 0x82, 1, 7],
  ]);
});
