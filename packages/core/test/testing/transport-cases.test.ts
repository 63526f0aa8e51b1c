import { expect, test } from "vitest";
import { ReadbackError } from "../../src/error.ts";
import { memoryTransport } from "../../src/memory/memory-transport.ts";
import type { Accept, Connection, ConnectionHandler, Transport } from "../../src/port/index.ts";
import type { MakeTransport } from "../../src/testing/transport/transport-case.ts";
import { transportCases } from "../../src/testing/transport-cases.ts";

// Transports with one fault each: the cases are worth something only if they find every one of them.

interface Fault {
  transport?: (inner: Transport) => Partial<Transport>;
  /** Of both sides, unless `only` says which. */
  connection?: (inner: Connection) => Partial<Connection>;
  handler?: (inner: ConnectionHandler) => Partial<ConnectionHandler>;
  only?: "near" | "far";
  subject?: "deaf to cuts" | "open for ever";
}

const soon = () => new Promise<void>((resolve) => setTimeout(resolve, 0));
const never = () => new Promise<never>(() => {});

const handOut = (frames: Uint8Array[], handler: ConnectionHandler) => {
  for (const frame of frames) handler.onFrame(frame);
};

const faults: Record<string, Fault> = {
  "calls the handler at once": {
    transport: (inner) => ({
      connect: async (handler, signal) => {
        const connection = await inner.connect(handler, signal);
        await soon();
        return connection;
      },
    }),
  },
  "ignores a signal that was aborted before": {
    transport: (inner) => ({
      connect: (handler, signal) =>
        inner.connect(handler, signal.aborted ? new AbortController().signal : signal),
    }),
  },
  "ignores the signal while connecting": {
    transport: (inner) => ({
      connect: (handler, signal) =>
        inner.connect(handler, signal.aborted ? signal : new AbortController().signal),
    }),
  },
  "aborts with an error of its own": {
    transport: (inner) => ({
      connect: (handler, signal) =>
        inner
          .connect(handler, signal)
          .catch((error) => Promise.reject(signal.aborted ? new Error("no") : error)),
    }),
  },
  "leaves behind what was aborted": {
    transport: (inner) => ({
      connect: (handler, signal) =>
        new Promise((resolve, reject) => {
          signal.addEventListener("abort", () => reject(new ReadbackError("aborted", "")), { once: true });
          if (signal.aborted) return reject(new ReadbackError("aborted", ""));
          inner.connect(handler, new AbortController().signal).then(resolve, reject);
        }),
    }),
  },
  "heeds the signal for ever": {
    transport: (inner) => ({
      connect: async (handler, signal) => {
        const connection = await inner.connect(handler, signal);
        signal.addEventListener("abort", () => void connection.close());
        return connection;
      },
    }),
  },
  "waits where nobody listens": {
    transport: (inner) => ({
      connect: (handler, signal) =>
        inner
          .connect(handler, signal)
          .catch((error) => (error.code === "transport-failed" ? never() : Promise.reject(error))),
    }),
  },
  "drops empty frames": {
    connection: (inner) => ({ send: async (frame) => (frame.length > 0 ? inner.send(frame) : undefined) }),
  },
  "takes larger frames": {
    connection: (inner) => ({ send: async (frame) => inner.send(frame.subarray(0, 65_536)) }),
  },
  "refuses the largest frame": {
    connection: (inner) => ({
      send: (frame) => inner.send(frame.length < 65_536 ? frame : new Uint8Array(65_537)),
    }),
  },
  "ends with a larger frame": {
    connection: (inner) => ({
      send: (frame) => {
        if (frame.length > 65_536) void inner.close();
        return inner.send(frame);
      },
    }),
  },
  "sends what is around a part": {
    connection: (inner) => ({
      send: (frame) =>
        inner.send(frame.length > 65_536 ? frame : new Uint8Array(frame.buffer.slice(0, 65_536))),
    }),
  },
  "keeps the sender's array": {
    handler: (inner) => ({ onFrame: (frame) => inner.onFrame(frame) }),
    connection: (inner) => {
      let sending: Promise<unknown> = Promise.resolve();
      return {
        send: async (frame) => {
          if (frame.length > 65_536) return inner.send(frame);
          sending = sending
            .then(soon)
            .then(() => inner.send(frame))
            .catch(() => {});
        },
        close: () => sending.then(() => inner.close()),
      };
    },
  },
  "gives a Buffer": {
    handler: (inner) => ({ onFrame: (frame) => inner.onFrame(Buffer.from(frame)) }),
    only: "far",
  },
  "gives parts of one array": {
    handler: (inner) => {
      const slab = new Uint8Array(200_000);
      let at = 0;
      const held: Uint8Array[] = [];
      return {
        onFrame: (frame) => {
          if (at + frame.length > slab.length) at = 0;
          slab.set(frame, at);
          held.push(slab.subarray(at, at + frame.length));
          at += frame.length;
          if (held.length === 1) setTimeout(() => handOut(held.splice(0), inner), 0);
        },
      };
    },
  },
  "swaps frames that come together": {
    handler: (inner) => {
      let held: Uint8Array[] = [];
      return {
        onFrame: (frame) => {
          held.push(frame);
          if (held.length > 1) return;
          queueMicrotask(() =>
            queueMicrotask(() =>
              queueMicrotask(() => {
                const frames = held.reverse();
                held = [];
                for (const next of frames) inner.onFrame(next);
              }),
            ),
          );
        },
      };
    },
  },
  "drops what its buffer does not hold": {
    connection: (inner) => {
      let free = 4_000_000;
      return {
        send: async (frame) => {
          if (frame.length > 65_536 || free < frame.length)
            return frame.length > 65_536 ? inner.send(frame) : undefined;
          free -= frame.length;
          return inner.send(frame);
        },
      };
    },
  },
  "delivers twice": {
    handler: (inner) => ({
      onFrame: (frame) => handOut([new Uint8Array(frame), frame], inner),
    }),
  },
  "says nothing of its own end": {
    handler: (inner) => ({
      onClose: (reason) => (reason.kind === "local" ? undefined : inner.onClose(reason)),
    }),
  },
  "says its end twice": {
    handler: (inner) => ({
      onClose: (reason) => {
        inner.onClose(reason);
        inner.onClose(reason);
      },
    }),
  },
  "takes every end for the other side's": {
    handler: (inner) => ({ onClose: () => inner.onClose({ kind: "remote" }) }),
  },
  "takes every end for its own": {
    handler: (inner) => ({ onClose: () => inner.onClose({ kind: "local" }) }),
  },
  "gives frames after the end": {
    handler: (inner) => ({
      onClose: (reason) => {
        inner.onClose(reason);
        queueMicrotask(() => inner.onFrame(new Uint8Array()));
      },
    }),
  },
  "resolves close before onClose": {
    connection: (inner) => ({
      close: async () => {
        void soon().then(() => inner.close());
      },
    }),
  },
  "never resolves a second close": {
    connection: (inner) => {
      let closing = false;
      return {
        close: () => {
          if (closing) return never();
          closing = true;
          return inner.close();
        },
      };
    },
  },
  "gives frames after close was called": {
    connection: (inner) => ({ close: () => soon().then(() => inner.close()) }),
  },
  "resolves sends after the end": {
    connection: (inner) => ({
      send: (frame) =>
        inner.send(frame).catch((error) => (error.code === "too-large" ? Promise.reject(error) : undefined)),
    }),
  },
  "rejects with errors of its own": {
    connection: (inner) => ({
      send: (frame) => inner.send(frame).catch((error) => Promise.reject(new Error(error.code))),
    }),
  },
  "forgets sends at the end": {
    connection: (inner) => ({
      send: (frame) =>
        inner
          .send(frame)
          .catch((error) => (error.code === "transport-failed" ? never() : Promise.reject(error))),
    }),
  },
  "forgets at close what was handed on": {
    connection: (inner) => {
      const sent: Uint8Array[] = [];
      return {
        send: async (frame) => {
          if (frame.length > 65_536) return inner.send(frame);
          sent.push(new Uint8Array(frame));
          if (sent.length === 1)
            setTimeout(() => sent.splice(0).forEach((each) => void inner.send(each).catch(() => {})), 0);
        },
      };
    },
  },
  "does not see a cut": { subject: "deaf to cuts" },
  "listens on after close": { subject: "open for ever" },
};

test.each(Object.entries(faults))("the cases find a transport that %s", async (_name, fault) => {
  expect(await findings(faulty(fault))).not.toEqual([]);
});

test("and nothing to find without a fault", async () => {
  expect(await findings(faulty({}))).toEqual([]);
});

function faulty(fault: Fault): MakeTransport {
  const connectionOf = (inner: Connection, side: "near" | "far"): Connection => {
    const whole = { send: (frame: Uint8Array) => inner.send(frame), close: () => inner.close() };
    return fault.only === undefined || fault.only === side
      ? { ...whole, ...fault.connection?.(whole) }
      : whole;
  };
  const handlerOf = (inner: ConnectionHandler, side: "near" | "far"): ConnectionHandler => {
    const whole: ConnectionHandler = {
      onFrame: (frame) => inner.onFrame(frame),
      onClose: (reason) => inner.onClose(reason),
    };
    return fault.only === undefined || fault.only === side ? { ...whole, ...fault.handler?.(whole) } : whole;
  };
  return async (accept: Accept) => {
    const inner = memoryTransport((connection) => handlerOf(accept(connectionOf(connection, "far")), "far"));
    const wrapped: Transport = {
      connect: (handler, signal) =>
        new Promise((resolve, reject) => {
          // No further microtask may come between the inner promise and this one.
          inner
            .connect(handlerOf(handler, "near"), signal)
            .then((opened) => resolve(connectionOf(opened, "near")), reject);
        }),
    };
    return {
      transport: { ...wrapped, ...fault.transport?.(wrapped) },
      cut: () => (fault.subject === "deaf to cuts" ? undefined : inner.cut()),
      close: async () => (fault.subject === "open for ever" ? undefined : inner.close()),
    };
  };
}

/** The names of the cases that do not pass; one that does nothing any more while others could go on has failed too. */
async function findings(make: MakeTransport): Promise<string[]> {
  const found: string[] = [];
  for (const { name, run } of transportCases) {
    const idle = (async () => {
      for (let turn = 0; turn < 400; turn++) await soon();
      throw new Error("nothing happens any more");
    })();
    idle.catch(() => {});
    try {
      await Promise.race([run(make), idle]);
    } catch {
      found.push(name);
    }
    if (found.length > 0) break;
  }
  return found;
}
