import { hasCode } from "../../error.ts";
import type { CloseReason } from "../../port/index.ts";
import { check, checkRejects, checkSame } from "../check.ts";
import { checkFrame, pattern, type TransportCase, transportCase } from "./transport-case.ts";

/** Cases of `close` and `onClose`. */
export const closingCases: readonly TransportCase[] = [
  transportCase("tells both sides who closed", async (world) => {
    for (const first of [0, 1] as const) {
      const sides = await world.pair();
      const [closing, other] = [sides[first], sides[1 - first] as (typeof sides)[0]];
      await closing.connection.close();
      check(closing.isClosed, "onClose before close resolves");
      checkSame((await closing.closed).kind, "local", "why the closing side ended");
      checkSame((await other.closed).kind, "remote", "why the other side ended");
    }
  }),

  transportCase("may be closed twice, at once and afterwards", async (world) => {
    const [near, far] = await world.pair();
    await Promise.all([near.connection.close(), near.connection.close()]);
    await near.connection.close();
    await far.closed;
    await far.connection.close();
    await far.connection.close();
    await world.settle();
    checkSame((await far.closed).kind, "remote", "why the other side ended");
  }),

  transportCase("ends both sides when both close", async (world) => {
    const [near, far] = await world.pair();
    const sent = [near, far].map((side) => side.connection.send(pattern(5_000)).catch(() => {}));
    await Promise.all([near.connection.close(), far.connection.close()]);
    check(near.isClosed && far.isClosed, "onClose before close resolves");
    await Promise.all(sent);
    await world.settle();
  }),

  transportCase("delivers what was handed on before it was closed", async (world) => {
    for (const first of [0, 1] as const) {
      const sides = await world.pair();
      const [closing, other] = [sides[first], sides[1 - first] as (typeof sides)[0]];
      for (let index = 0; index < 20; index++) await closing.connection.send(pattern(10_000, index));
      await closing.connection.close();
      await other.closed;
      checkSame(other.frames.length, 20, "frames before the end");
      for (let index = 0; index < 20; index++) {
        checkFrame(other.frames[index], pattern(10_000, index), "a frame before the end");
      }
    }
  }),

  transportCase("settles every send that a close interrupts", async (world) => {
    for (const first of [0, 1] as const) {
      const sides = await world.pair();
      const [closing, other] = [sides[first], sides[1 - first] as (typeof sides)[0]];
      const outcomes: string[] = [];
      const sends = Array.from({ length: 15 }, (_, index) =>
        closing.connection.send(pattern(65_536, index)).then(
          () => outcomes.push("handed on"),
          (error) => outcomes.push(hasCode(error, "transport-failed") ? "refused" : String(error)),
        ),
      );
      await closing.connection.close();
      await Promise.all(sends);
      await other.closed;
      const strange = outcomes.filter((outcome) => outcome !== "handed on" && outcome !== "refused");
      checkSame(strange, [], "other outcomes of send");
      check(other.frames.length <= 15, "no frame twice");
      other.frames.forEach((frame, index) => {
        checkFrame(frame.subarray(0, 8), pattern(8, index), "the beginning of a frame, in order");
      });
      const handedOn = outcomes.filter((outcome) => outcome === "handed on").length;
      check(other.frames.length >= handedOn, "every frame that was handed on to arrive");
    }
  }),

  transportCase("rejects what is sent after the end", async (world) => {
    const [near, far] = await world.pair();
    const closing = near.connection.close();
    const frame = Uint8Array.of(1);
    await checkRejects(near.connection.send(frame), "transport-failed", "send after close was called");
    await closing;
    await checkRejects(near.connection.send(frame), "transport-failed", "send after close");
    await far.closed;
    await checkRejects(far.connection.send(frame), "transport-failed", "send after onClose");
    await checkRejects(
      far.connection.send(new Uint8Array()),
      "transport-failed",
      "an empty frame after onClose",
    );
    await world.settle();
    checkSame(far.frames, [], "frames of the other side");
  }),

  transportCase("gives no frame once close was called", async (world) => {
    for (const first of [0, 1] as const) {
      const sides = await world.pair();
      const [closing, other] = [sides[first], sides[1 - first] as (typeof sides)[0]];
      let closed: Promise<void> | undefined;
      closing.react = () => {
        closed = closing.connection.close();
      };
      const sent = Array.from({ length: 100 }, () => other.connection.send(pattern(500)).catch(() => {}));
      await closing.closed;
      await closed;
      await Promise.all(sent);
      await other.closed;
      await world.settle();
      checkSame(closing.frames.length, 1, "frames of the side that closed at the first");
    }
  }),

  transportCase("may be closed from within onClose", async (world) => {
    const [near, far] = await world.pair();
    let again: Promise<void> | undefined;
    near.reactToEnd = () => {
      again = near.connection.close();
    };
    await far.connection.close();
    await near.closed;
    await again;
    await world.settle();
  }),

  transportCase("tells both sides of a connection that was cut", async (world) => {
    const [near, far] = await world.pair();
    const [otherNear, otherFar] = await world.pair();
    await near.connection.send(Uint8Array.of(1));
    await far.next();
    await world.subject.cut();
    const reasons: CloseReason[] = [];
    for (const side of [near, far, otherNear, otherFar]) reasons.push(await side.closed);
    checkSame(
      reasons.map(({ kind }) => kind),
      ["failed", "failed", "failed", "failed"],
      "why they ended",
    );
    await checkRejects(near.connection.send(Uint8Array.of(2)), "transport-failed", "send after the cut");
    await near.connection.close();
    await far.connection.close();
  }),

  transportCase("settles every send that a cut interrupts", async (world) => {
    const [near, far] = await world.pair();
    const outcomes = [near, far].flatMap(({ connection }) =>
      Array.from({ length: 15 }, () =>
        connection.send(pattern(65_536)).then(
          () => true,
          (error) => hasCode(error, "transport-failed"),
        ),
      ),
    );
    await world.subject.cut();
    check(
      (await Promise.all(outcomes)).every(Boolean),
      "every send to resolve or to reject with transport-failed",
    );
  }),

  transportCase("ends every connection with the listener", async (world) => {
    const sides = [...(await world.pair()), ...(await world.pair())];
    await Promise.all([world.subject.close(), world.subject.close()]);
    for (const [index, side] of sides.entries()) {
      const { kind } = await side.closed;
      checkSame(kind, index % 2 === 0 ? "remote" : "local", "why a side ended");
    }
  }),
];
