import { encodeClientMessage } from "@readback/core/wire";
import { describe, expect, test } from "vitest";
import { memoryRelayStore } from "../src/memory-relay-store.ts";
import type { RelayStore } from "../src/relay-store.ts";
import { Device } from "./device.ts";
import { dial, makeWorld } from "./world.ts";

const nothing = { onFrame: () => {} };

/** Lets everything run that waits for no clock. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}

describe("bad input ends the connection and nothing else", () => {
  const request = encodeClientMessage({
    type: "request",
    id: 1,
    request: { type: "acknowledge-inbox", upTo: 0 },
  });
  test.each<[string, Uint8Array]>([
    ["an empty frame", new Uint8Array(0)],
    ["a frame with an unknown continuation byte", Uint8Array.of(2, 1)],
    ["an unfinished frame without content", Uint8Array.of(1)],
    ["an empty message", Uint8Array.of(0)],
    ["a message of an unknown type", Uint8Array.of(0, 7)],
    ["a request of an unknown type", Uint8Array.of(0, 1, 0, 0, 0, 1, 99)],
    ["a request that is cut off", Uint8Array.of(0, ...request.slice(0, -1))],
    ["a request with bytes after its end", Uint8Array.of(0, ...request, 0)],
    ["a number beyond 2^53", Uint8Array.of(0, 1, 0, 0, 0, 1, 6, 0x7f, 0, 0, 0, 0, 0, 0, 0)],
    ["a length that is not in its shortest form", Uint8Array.of(0, 1, 0, 0, 0, 1, 0, 0x40, 1, 0, 0)],
    [
      "a length beyond the message",
      Uint8Array.of(0, 1, 0, 0, 0, 1, 2, ...new Uint8Array(32), 0xbf, 255, 255, 255),
    ],
  ])("%s", async (_name, frame) => {
    const world = await makeWorld();
    const ada = new Device(world, "ada@mercy.example/phone");
    const ben = new Device(world, "ben@lukes.example/phone");
    await ada.logIn();
    await ben.logIn();
    await ada.wire.send(frame);
    expect(await ada.wire.closed).toEqual({ kind: "remote" });
    expect(await ben.request({ type: "acknowledge-inbox", upTo: 0 })).toEqual({ type: "done" });
    expect(await ada.logIn()).toMatchObject({ type: "welcome" });
  });

  test("every truncation and every changed byte of a login", async () => {
    const world = await makeWorld({ limits: { strangers: 10_000 } });
    const ada = new Device(world, "ada@mercy.example/phone");
    await ada.dial();
    const good = encodeClientMessage({ type: "login", login: ada.proof() });
    for (let at = 0; at < good.length; at++) {
      for (const bad of [good.slice(0, at), good.map((byte, index) => (index === at ? byte ^ 0x55 : byte))]) {
        const wire = dial(world.relay.accept, nothing);
        await wire.send(Uint8Array.of(0, ...bad));
        expect(await wire.closed).toEqual({ kind: "remote" });
      }
    }
    ada.send(good);
    await settle();
    expect(ada.wire.isClosed).toBe(false);
  });
});

describe("limits of strangers", () => {
  test.each([
    [16_384, false],
    [16_385, true],
  ])("a first message of %i bytes", async (size, tooLarge) => {
    const world = await makeWorld();
    const wire = dial(world.relay.accept, nothing);
    // Not complete: only its size can be wrong.
    await wire.send(Uint8Array.of(1, ...new Uint8Array(size)));
    await settle();
    expect(wire.isClosed).toBe(tooLarge);
  });

  test("time to log in", async () => {
    const world = await makeWorld();
    const wire = dial(world.relay.accept, nothing);
    world.clock.advance(4_999);
    await settle();
    expect(wire.isClosed).toBe(false);
    world.clock.advance(1);
    await settle();
    expect(wire.isClosed).toBe(true);
  });

  test("time is not limited once logged in, and none is left behind", async () => {
    const world = await makeWorld();
    const ada = new Device(world, "ada@mercy.example/phone");
    await ada.logIn();
    world.clock.advance(1_000_000);
    await settle();
    expect(ada.wire.isClosed).toBe(false);
    expect(world.clock.pending).toBe(0);
  });

  test("connections of one origin", async () => {
    const world = await makeWorld({ limits: { strangersPerOrigin: 3 } });
    const wires = [1, 2, 3, 4].map(() => dial(world.relay.accept, nothing, "198.51.100.7"));
    const other = dial(world.relay.accept, nothing, "198.51.100.8");
    const unknown = dial(world.relay.accept, nothing);
    await settle();
    expect([...wires, other, unknown].map(({ isClosed }) => isClosed)).toEqual([
      false,
      false,
      false,
      true,
      false,
      false,
    ]);
    await wires[0]?.close();
    await settle();
    const next = dial(world.relay.accept, nothing, "198.51.100.7");
    await settle();
    expect(next.isClosed).toBe(false);
  });

  test("connections altogether, those who logged in not counted", async () => {
    const world = await makeWorld({ limits: { strangers: 2 } });
    for (const name of ["ada@a.example/phone", "ben@b.example/phone", "cy@c.example/phone"]) {
      expect(await new Device(world, name).logIn()).toMatchObject({ type: "welcome" });
    }
    const wires = [1, 2, 3].map(() => dial(world.relay.accept, nothing));
    await settle();
    expect(wires.map(({ isClosed }) => isClosed)).toEqual([false, false, true]);
  });
});

describe("a login that takes its time", () => {
  /** A relay whose store registers nobody before it is told to. */
  async function slowWorld(waitingBytesBeforeLogin: number) {
    const store = memoryRelayStore();
    let open = (): void => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const register: RelayStore["register"] = async (...args) => {
      await gate;
      return store.register(...args);
    };
    const world = await makeWorld({ store: { ...store, register }, limits: { waitingBytesBeforeLogin } });
    return { world, open };
  }

  test.each([
    [2, false],
    [3, false],
    [4, true],
  ])("lets %i requests of the limit's three wait behind it", async (count, tooMany) => {
    const { world, open } = await slowWorld(3 * (256 + 14));
    const ada = new Device(world, "ada@mercy.example/phone");
    await ada.dial();
    const login = ada.ask({ type: "login", login: ada.proof() }).catch(() => undefined);
    await settle();
    const answers = Array.from({ length: count }, () =>
      ada.request({ type: "acknowledge-inbox", upTo: 0 }).catch(() => undefined),
    );
    await settle();
    expect(ada.wire.isClosed).toBe(tooMany);
    open();
    expect(await login).toEqual(tooMany ? undefined : expect.objectContaining({ type: "welcome" }));
    const done = tooMany ? undefined : { type: "done" };
    expect(await Promise.all(answers)).toEqual(Array.from({ length: count }, () => done));
  });
});

describe("limits of devices", () => {
  test("connections of one device: the oldest gives way", async () => {
    const world = await makeWorld({ limits: { connectionsPerDevice: 2 } });
    const ada = new Device(world, "ada@mercy.example/phone");
    const wires = [];
    for (let times = 0; times < 3; times++) {
      wires.push(await ada.dial());
      await ada.ask({ type: "login", login: ada.proof() });
    }
    await settle();
    expect(wires.map(({ isClosed }) => isClosed)).toEqual([true, false, false]);
    expect(await ada.next()).toEqual({ type: "goodbye" });
  });

  test("devices of one person", async () => {
    const world = await makeWorld({ limits: { devicesPerPerson: 2 } });
    const answers = [];
    for (const name of ["a", "b", "c", "b"]) {
      answers.push((await new Device(world, `ada@mercy.example/${name}`).logIn()).type);
    }
    // The last one is known, with another key: refused for that.
    expect(answers).toEqual(["welcome", "welcome", "refused", "refused"]);
    expect(await new Device(world, "ben@lukes.example/a").logIn()).toMatchObject({ type: "welcome" });
  });

  test.each([
    [4_194_304, false],
    [4_194_305, true],
  ])("a message of %i bytes", async (size, tooLarge) => {
    const ada = new Device(await makeWorld(), "ada@mercy.example/phone");
    await ada.logIn();
    for (let sent = 0; sent < size; sent += 65_535) {
      await ada.wire.send(Uint8Array.of(1, ...new Uint8Array(Math.min(65_535, size - sent))));
    }
    await settle();
    expect(ada.wire.isClosed).toBe(tooLarge);
  });

  test("time for a message that has begun, longer for what has come", async () => {
    const world = await makeWorld({ limits: { messageTime: 10_000, readRate: 1_000 } });
    const ada = new Device(world, "ada@mercy.example/phone");
    await ada.logIn();
    await ada.wire.send(Uint8Array.of(1, ...new Uint8Array(999)));
    await settle();
    world.clock.advance(10_999);
    await ada.wire.send(Uint8Array.of(1, ...new Uint8Array(499)));
    await settle();
    world.clock.advance(500);
    await settle();
    expect(ada.wire.isClosed).toBe(false);
    world.clock.advance(1);
    await settle();
    expect(ada.wire.isClosed).toBe(true);
  });

  test("a message that ends in time leaves no clock running", async () => {
    const world = await makeWorld();
    const ada = new Device(world, "ada@mercy.example/phone");
    await ada.logIn();
    await ada.wire.send(Uint8Array.of(1, 1));
    await settle();
    expect(world.clock.pending).toBe(1);
    const rest = encodeClientMessage({
      type: "request",
      id: 1,
      request: { type: "acknowledge-inbox", upTo: 0 },
    });
    await ada.wire.send(Uint8Array.of(0, ...rest.slice(1)));
    await settle();
    expect([world.clock.pending, ada.wire.isClosed]).toEqual([0, false]);
  });

  test("requests wait for their turn, faster than the rate", async () => {
    const world = await makeWorld({ limits: { requests: { burst: 2, perMinute: 60 } } });
    const ada = new Device(world, "ada@mercy.example/phone");
    await ada.logIn();
    let answered = 0;
    for (let times = 0; times < 4; times++) {
      const answer = ada.request({ type: "acknowledge-inbox", upTo: 0 });
      answer.then(() => answered++).catch(() => {});
    }
    await settle();
    expect(answered).toBe(2);
    world.clock.advance(999);
    await settle();
    expect(answered).toBe(2);
    world.clock.advance(1);
    await settle();
    expect(answered).toBe(3);
    await ada.wire.close();
    await settle();
    expect(world.clock.pending).toBe(0);
  });

  test("requests that wait, by their bytes", async () => {
    const waitingBytes = 3 * (256 + 14);
    const world = await makeWorld({ limits: { requests: { burst: 1, perMinute: 60 }, waitingBytes } });
    const ada = new Device(world, "ada@mercy.example/phone");
    await ada.logIn();
    const ask = () => void ada.request({ type: "acknowledge-inbox", upTo: 0 }).catch(() => {});
    ask();
    await settle();
    ask();
    await settle();
    // One is under way, and three wait.
    for (let times = 0; times < 3; times++) ask();
    await settle();
    expect(ada.wire.isClosed).toBe(false);
    ask();
    await settle();
    expect(ada.wire.isClosed).toBe(true);
  });
});

describe("closing a relay", () => {
  test("says goodbye, closes, and takes nobody in any more", async () => {
    const world = await makeWorld();
    const ada = new Device(world, "ada@mercy.example/phone");
    await ada.logIn();
    const stranger = dial(world.relay.accept, nothing);
    const [first, second] = [world.relay.close(), world.relay.close()];
    expect(await ada.next()).toEqual({ type: "goodbye" });
    await Promise.all([first, second, ada.wire.closed, stranger.closed]);
    const late = dial(world.relay.accept, nothing);
    await late.closed;
    expect(world.clock.pending).toBe(0);
  });

  test("finishes what is under way", async () => {
    const world = await makeWorld();
    const ada = new Device(world, "ada@mercy.example/phone");
    await ada.logIn();
    const answer = ada.request({
      type: "publish",
      replaces: false,
      keyPackages: [ada.keyPackage().bytes],
      lastResort: undefined,
    });
    await Promise.resolve();
    await Promise.resolve();
    await world.relay.close();
    expect(await answer).toEqual({ type: "done" });
  });

  test("cuts off whoever does not take the last bytes in time", async () => {
    const world = await makeWorld();
    const ada = new Device(world, "ada@mercy.example/phone");
    await ada.logIn();
    ada.wire.stall();
    let closed = false;
    const closing = world.relay.close().then(() => {
      closed = true;
    });
    world.clock.advance(4_999);
    await settle();
    expect(closed).toBe(false);
    world.clock.advance(1);
    await closing;
    expect(ada.wire.isClosed).toBe(true);
  });
});
