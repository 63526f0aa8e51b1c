import { maximumFrameSize } from "../../wire/limits.ts";
import { check, checkRejects, checkSame } from "../check.ts";
import { checkFrame, pattern, type TransportCase, transportCase } from "./transport-case.ts";
import type { TransportSide } from "./transport-side.ts";

/** Sends from the first to the second and checks what arrives. */
async function carries(from: TransportSide, to: TransportSide, frame: Uint8Array): Promise<void> {
  await from.connection.send(frame);
  const arrived = await to.next();
  check(arrived.constructor === Uint8Array, "a frame to be a Uint8Array and nothing derived from it");
  checkFrame(arrived, frame, `a frame of ${frame.length} bytes`);
}

/** Cases of `send` and `onFrame`. */
export const frameCases: readonly TransportCase[] = [
  transportCase("carries frames whole and in order, both ways at once", async (world) => {
    const [near, far] = await world.pair();
    const there = Array.from({ length: 100 }, (_, index) => pattern(index * 7, index));
    const back = Array.from({ length: 100 }, (_, index) => pattern(index * 5, index + 100));
    const send = async (side: TransportSide, frames: Uint8Array[]): Promise<void> => {
      for (const frame of frames) await side.connection.send(frame);
    };
    await Promise.all([send(near, there), send(far, back)]);
    for (const frame of there) checkFrame(await far.next(), frame, "a frame of the dialling side");
    for (const frame of back) checkFrame(await near.next(), frame, "a frame of the accepting side");
  }),

  transportCase("carries empty frames", async (world) => {
    const [near, far] = await world.pair();
    await carries(near, far, new Uint8Array());
    await carries(far, near, new Uint8Array());
    await carries(near, far, Uint8Array.of(0));
  }),

  transportCase("carries frames of the largest size", async (world) => {
    const [near, far] = await world.pair();
    await carries(near, far, pattern(maximumFrameSize, 1));
    await carries(far, near, pattern(maximumFrameSize, 2));
    await carries(near, far, pattern(maximumFrameSize - 1, 3));
  }),

  transportCase("refuses a larger frame and keeps the connection", async (world) => {
    const [near, far] = await world.pair();
    const large = new Uint8Array(maximumFrameSize + 1);
    await checkRejects(near.connection.send(large), "too-large", "a frame of the dialling side");
    await checkRejects(far.connection.send(large), "too-large", "a frame of the accepting side");
    await carries(near, far, Uint8Array.of(1));
    await carries(far, near, Uint8Array.of(2));
  }),

  transportCase("carries a part of an array and nothing around it", async (world) => {
    const [near, far] = await world.pair();
    const whole = pattern(1_000);
    await carries(near, far, whole.subarray(100, 300));
    await carries(far, near, whole.subarray(700));
    await carries(near, far, whole.subarray(5, 5));
  }),

  transportCase("carries 1000 frames that were sent at once", async (world) => {
    const [near, far] = await world.pair();
    const frames = Array.from({ length: 1_000 }, (_, index) => pattern(index, index));
    await Promise.all(frames.map((frame) => near.connection.send(frame)));
    for (const frame of frames) checkFrame(await far.next(), frame, "a frame");
    await Promise.all(frames.map((frame) => far.connection.send(frame)));
    for (const frame of frames) checkFrame(await near.next(), frame, "a frame on the way back");
  }),

  transportCase("finds room again for more than any buffer holds", async (world) => {
    const [near, far] = await world.pair();
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      const sending: Promise<void>[] = [];
      for (let index = 0; index < 128; index++) {
        await sending[index - 8];
        sending.push(from.connection.send(pattern(65_536, index)));
      }
      await Promise.all(sending);
      for (let index = 0; index < 128; index++) {
        const frame = await to.next();
        checkSame(frame.length, 65_536, "bytes of a frame");
        checkFrame(frame.subarray(0, 8), pattern(8, index), "how a frame begins");
      }
    }
  }),

  transportCase("has taken the bytes when send resolves", async (world) => {
    const [near, far] = await world.pair();
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      const buffer = new Uint8Array(2_000);
      for (let index = 0; index < 100; index++) {
        buffer.fill(index);
        await from.connection.send(buffer);
      }
      buffer.fill(255);
      for (let index = 0; index < 100; index++) {
        checkFrame(await to.next(), new Uint8Array(2_000).fill(index), "a frame");
      }
    }
  }),

  transportCase("gives away frames that the receiver may change", async (world) => {
    const [near, far] = await world.pair();
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      const frames = Array.from({ length: 20 }, (_, index) => pattern(100, index));
      to.react = (frame) => new Uint8Array(frame.buffer).fill(0);
      await Promise.all(frames.map((frame) => from.connection.send(frame)));
      for (const frame of frames) {
        checkFrame(await to.next(), new Uint8Array(100), "a frame that was wiped");
        checkFrame(frame, pattern(100, frames.indexOf(frame)), "the sender's array");
      }
      to.react = () => {};
      await carries(from, to, pattern(100));
    }
  }),

  transportCase("takes frames from within onFrame", async (world) => {
    world.onAccept = (side) => {
      side.react = (frame) => void side.connection.send(frame);
    };
    const near = await world.dial();
    const frames = Array.from({ length: 50 }, (_, index) => pattern(index * 3, index));
    await Promise.all(frames.map((frame) => near.connection.send(frame)));
    for (const frame of frames) checkFrame(await near.next(), frame, "an echoed frame");
  }),

  transportCase("keeps connections apart", async (world) => {
    const [near, far] = await world.pair();
    const [otherNear, otherFar] = await world.pair();
    for (let index = 0; index < 20; index++) {
      await Promise.all([
        carries(near, far, Uint8Array.of(1, index)),
        carries(otherNear, otherFar, Uint8Array.of(2, index)),
        carries(far, near, Uint8Array.of(3, index)),
        carries(otherFar, otherNear, Uint8Array.of(4, index)),
      ]);
    }
    await near.connection.close();
    await far.closed;
    await carries(otherNear, otherFar, Uint8Array.of(5));
    await carries(otherFar, otherNear, Uint8Array.of(6));
    check(!otherNear.isClosed && !otherFar.isClosed, "the other connection to be open");
  }),
];
