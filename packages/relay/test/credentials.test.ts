import { type CredentialAuthority, unsafeDevelopmentAuthority } from "@readback/core";
import { expect, test } from "vitest";
import { Device } from "./device.ts";
import { makeWorld } from "./world.ts";

const minute = 60_000;

/** As in development, but that a credential ends ten minutes after the beginning. */
function ending(start: number): CredentialAuthority {
  const authority = unsafeDevelopmentAuthority();
  const end = start + 10 * minute;
  return {
    ...authority,
    isValid: (claim) => authority.isValid(claim) && (claim.at ?? 0) < end,
    expiresAt: () => end,
  };
}

test("a device is let go when its credential ends, and not let in with it again", async () => {
  const world = await makeWorld({ authority: ending });
  const ada = new Device(world, "ada@mercy.example/phone");
  expect(await ada.logIn()).toMatchObject({ type: "welcome" });
  world.clock.advance(10 * minute - 1);
  expect(ada.wire.isClosed).toBe(false);
  world.clock.advance(1);
  await ada.wire.closed;
  expect(ada.pushes.map(({ type }) => type)).toEqual(["goodbye"]);
  expect(world.log.join("")).toContain("credential-expired");
  expect(await ada.logIn()).toEqual({ type: "refused", code: "not-allowed" });
  await world.relay.close();
  // Nothing waits for a connection that is gone.
  expect(world.clock.pending).toBe(0);
});

test("a device whose connection ends first leaves nothing waiting", async () => {
  const world = await makeWorld({ authority: ending });
  const ada = new Device(world, "ada@mercy.example/phone");
  await ada.logIn();
  const before = world.clock.pending;
  await ada.wire.close();
  await new Promise((resolve) => setImmediate(resolve));
  expect(world.clock.pending).toBe(before - 1);
  await world.relay.close();
});

test("key packages are taken only with a credential that is good", async () => {
  const good = unsafeDevelopmentAuthority();
  const doubt = { isOn: false };
  const authority: CredentialAuthority = { ...good, isValid: (claim) => !doubt.isOn && good.isValid(claim) };
  const world = await makeWorld({ authority: () => authority });
  const ada = new Device(world, "ada@mercy.example/phone");
  await ada.logIn();
  const request = () => {
    const keyPackages = [ada.keyPackage().bytes];
    return ada.request({ type: "publish", replaces: false, keyPackages, lastResort: undefined });
  };
  expect(await request()).toEqual({ type: "done" });
  doubt.isOn = true;
  expect(await request()).toEqual({ type: "refused", code: "not-allowed" });
  await world.relay.close();
});
