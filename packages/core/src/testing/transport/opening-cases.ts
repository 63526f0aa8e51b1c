import { check, checkRejects, checkSame } from "../check.ts";
import { type TransportCase, transportCase } from "./transport-case.ts";
import { TransportSide } from "./transport-side.ts";

/** Cases of `connect`. */
export const openingCases: readonly TransportCase[] = [
  transportCase("calls nobody before connect resolves", async (world) => {
    world.onAccept = ({ connection }) => {
      for (let index = 0; index < 10; index++) void connection.send(Uint8Array.of(index));
    };
    for (let round = 0; round < 10; round++) {
      const side = new TransportSide();
      let isOpen = false;
      side.react = () => {
        if (!isOpen) side.faults.push("a frame before connect resolved");
      };
      const connecting = world.subject.transport.connect(side, new AbortController().signal);
      await connecting.then((connection) => {
        isOpen = true;
        side.connection = connection;
        world.sides.push(side);
      });
      for (let index = 0; index < 10; index++) checkSame(await side.next(), Uint8Array.of(index), "a frame");
    }
  }),

  transportCase(
    "opens a connection that is closed as soon as it was accepted, and tells its end",
    async (world) => {
      world.onAccept = ({ connection }) => {
        const close = (): void => void connection.close();
        connection.send(Uint8Array.of(7)).then(close, close);
      };
      const near = await world.dial();
      checkSame(await near.next(), Uint8Array.of(7), "the only frame");
      checkSame((await near.closed).kind, "remote", "why the dialling side ended");
    },
  ),

  transportCase("rejects with aborted where the signal was aborted before", async (world) => {
    const side = new TransportSide();
    const abort = new AbortController();
    abort.abort();
    await checkRejects(world.subject.transport.connect(side, abort.signal), "aborted", "connect");
    await world.settle();
    checkSame(side.frames.length, 0, "frames of a connection that was not opened");
    check(!side.isClosed, "no onClose of a connection that was not opened");
  }),

  transportCase("rejects with aborted where the signal aborts while connecting", async (world) => {
    world.onAccept = (far) => {
      far.react = (frame) => void far.connection.send(frame);
      void far.connection.send(Uint8Array.of(1)).catch(() => {});
    };
    const side = new TransportSide();
    const abort = new AbortController();
    const connecting = world.subject.transport.connect(side, abort.signal);
    abort.abort();
    await checkRejects(connecting, "aborted", "connect");
    const near = await world.dial();
    checkSame(await near.next(), Uint8Array.of(1), "a frame of another connection");
    await near.connection.send(Uint8Array.of(2));
    checkSame(await near.next(), Uint8Array.of(2), "an echo on another connection");
    // The listener may have seen the connection that was aborted; then it must have seen its end too.
    const aborted = world.sides.filter((other) => other !== near && other.frames.length === 0);
    await Promise.all(aborted.map(({ closed }) => closed));
    checkSame(side.frames.length, 0, "frames of a connection that was not opened");
    check(!side.isClosed, "no onClose of a connection that was not opened");
  }),

  transportCase("heeds the signal no more once connected", async (world) => {
    const near = new TransportSide();
    const abort = new AbortController();
    near.connection = await world.subject.transport.connect(near, abort.signal);
    world.sides.push(near);
    abort.abort();
    const far = await world.accepted();
    await near.connection.send(Uint8Array.of(1));
    checkSame(await far.next(), Uint8Array.of(1), "a frame after the abort");
    await far.connection.send(Uint8Array.of(2));
    checkSame(await near.next(), Uint8Array.of(2), "an answer after the abort");
    check(!near.isClosed && !far.isClosed, "the connection to be open");
  }),

  transportCase("rejects with transport-failed where nobody listens", async (world) => {
    await world.settle();
    await world.subject.close();
    const side = new TransportSide();
    const connecting = world.subject.transport.connect(side, new AbortController().signal);
    await checkRejects(connecting, "transport-failed", "connect");
    check(!side.isClosed, "no onClose of a connection that was not opened");
  }),

  transportCase("connects again, as often as asked", async (world) => {
    for (let round = 0; round < 5; round++) await world.settle();
    const [near, far] = await world.pair();
    await world.subject.cut();
    await Promise.all([near.closed, far.closed]);
    await world.settle();
  }),
];
