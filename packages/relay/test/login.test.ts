import { encodeClientMessage, hex } from "@readback/core/wire";
import { describe, expect, test } from "vitest";
import { memoryRelayStore } from "../src/memory-relay-store.ts";
import { Device } from "./device.ts";
import { makeWorld } from "./world.ts";

const refusal = { type: "refused", code: "not-allowed" };

describe("login", () => {
  test("lets in whoever proves their key, again and again", async () => {
    const world = await makeWorld();
    const ada = new Device(world, "ada@mercy.example/phone");
    const welcome = {
      type: "welcome",
      person: "ada@mercy.example",
      device: "phone",
      keyPackages: [],
      lastResorts: [],
      now: world.clock.now(),
      services: [],
    };
    expect(await ada.logIn()).toEqual(welcome);
    await ada.wire.close();
    expect(await ada.logIn()).toEqual(welcome);
  });

  test.each([1, 2, 3])("works with suite %i", async (suite) => {
    const ada = new Device(await makeWorld(), "ada@mercy.example/phone", suite);
    expect(await ada.logIn()).toMatchObject({ type: "welcome" });
  });

  test("says who the relay is and never the same nonce twice", async () => {
    const world = await makeWorld();
    const ada = new Device(world, "ada@mercy.example/phone");
    await ada.dial();
    const first = ada.challenge;
    await ada.dial();
    expect(first.relay).toBe("relay.example");
    expect(hex(first.logKey)).toBe(hex(world.relay.logKey));
    expect(hex(first.nonce)).not.toBe(hex(ada.challenge.nonce));
  });

  test("keeps its log key over restarts", async () => {
    const store = memoryRelayStore();
    const first = await makeWorld({ store, seed: "one" });
    const second = await makeWorld({ store: store.reopen(), seed: "two" });
    const other = await makeWorld({ seed: "two" });
    expect(hex(second.relay.logKey)).toBe(hex(first.relay.logKey));
    expect(hex(other.relay.logKey)).not.toBe(hex(first.relay.logKey));
  });

  test("refuses a proof for another connection", async () => {
    const ada = new Device(await makeWorld(), "ada@mercy.example/phone");
    await ada.dial();
    const login = ada.proof();
    await ada.dial();
    expect(await ada.ask({ type: "login", login })).toEqual(refusal);
    expect(await ada.wire.closed).toEqual({ kind: "remote" });
  });

  test("refuses a proof for another relay", async () => {
    const world = await makeWorld();
    const ada = new Device(world, "ada@mercy.example/phone");
    await ada.dial();
    ada.challenge = { ...ada.challenge, relay: "other.example" };
    expect(await ada.logIn()).toEqual(refusal);
  });

  test("refuses a name whose first key was another", async () => {
    const world = await makeWorld();
    await new Device(world, "ada@mercy.example/phone").logIn();
    const eve = new Device(world, "ada@mercy.example/phone");
    expect(await eve.logIn()).toEqual(refusal);
    expect(await eve.wire.closed).toEqual({ kind: "remote" });
  });

  test.each([
    ["a signature with one bit changed", "signature"],
    ["a key with one bit changed", "signatureKey"],
    ["a credential with one bit changed", "credential"],
  ] as const)("refuses %s", async (_name, field) => {
    const ada = new Device(await makeWorld(), "ada@mercy.example/phone");
    await ada.dial();
    const login = ada.proof();
    const bytes = login[field].slice();
    bytes[bytes.length - 1] = (bytes.at(-1) as number) ^ 1;
    expect(await ada.ask({ type: "login", login: { ...login, [field]: bytes } })).toEqual(refusal);
  });

  test.each([
    ["a suite the relay does not have", { suite: 999 }],
    ["an empty credential", { credential: new Uint8Array(0) }],
    ["a credential with bytes after its end", { credential: Uint8Array.of(0, 1, 1, 97, 0) }],
    ["a credential that names no device", { credential: Uint8Array.of(0, 1, 3, 97, 64, 98) }],
    ["a credential of an unknown type", { credential: Uint8Array.of(9, 9, 1, 97) }],
    ["a credential that is not UTF-8", { credential: Uint8Array.of(0, 1, 1, 255) }],
  ])("refuses %s, though signed", async (_name, change) => {
    const ada = new Device(await makeWorld(), "ada@mercy.example/phone");
    await ada.dial();
    expect(await ada.ask({ type: "login", login: ada.proof(change) })).toEqual(refusal);
  });

  test("refuses an empty key", async () => {
    const ada = new Device(await makeWorld(), "ada@mercy.example/phone");
    await ada.dial();
    const login = { ...ada.proof(), signatureKey: new Uint8Array(0) };
    expect(await ada.ask({ type: "login", login })).toEqual(refusal);
  });

  test("ends a connection that asks before it logs in", async () => {
    const ada = new Device(await makeWorld(), "ada@mercy.example/phone");
    await ada.dial();
    await expect(ada.request({ type: "acknowledge-inbox", upTo: 1 })).rejects.toThrow();
    expect(await ada.wire.closed).toEqual({ kind: "remote" });
  });

  test("ends a connection that logs in twice", async () => {
    const ada = new Device(await makeWorld(), "ada@mercy.example/phone");
    await ada.logIn();
    await expect(ada.logIn()).rejects.toThrow();
    expect(await ada.wire.closed).toEqual({ kind: "remote" });
  });

  test("tells a person's other devices of a new one", async () => {
    const world = await makeWorld();
    const phone = new Device(world, "ada@mercy.example/phone");
    await phone.logIn();
    await phone.request({ type: "subscribe", inboxAfter: 0 });
    const tablet = new Device(world, "ada@mercy.example/tablet");
    await tablet.logIn();
    const item = { type: "device", device: "ada@mercy.example/tablet" };
    expect(await phone.next()).toMatchObject({ type: "inbox", after: 0, item });
    await tablet.wire.close();
    await tablet.logIn();
    await new Device(world, "ben@lukes.example/phone").logIn();
    await new Device(world, "ada@mercy.example/desk").logIn();
    const desk = { type: "device", device: "ada@mercy.example/desk" };
    expect(await phone.next()).toMatchObject({ type: "inbox", item: desk });
  });

  test("writes no identifiers into its log", async () => {
    const world = await makeWorld();
    const ada = new Device(world, "canary@mercy.example/canary-phone");
    await ada.logIn();
    ada.send(Uint8Array.of(99));
    await ada.wire.closed;
    const eve = new Device(world, "canary@mercy.example/canary-phone");
    await eve.logIn();
    await eve.wire.closed;
    eve.send(encodeClientMessage({ type: "login", login: eve.proof() }));
    expect(world.log.length).toBeGreaterThan(1);
    const text = world.log.join("\n");
    expect(text).not.toMatch(/canary|mercy/);
    expect(text).not.toContain(hex(ada.keys.publicKey).slice(0, 16));
  });
});
