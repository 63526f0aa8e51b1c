import type { Device } from "./device.ts";
import type { Step } from "./plan.ts";
import type { World } from "./world.ts";

/** How often each happens, compared with the others. */
export const faultWeights = {
  crash: 15,
  crashAtWrite: 30,
  cut: 15,
  down: 10,
  stall: 10,
  full: 5,
  clock: 6,
  secondProcess: 2,
  relayCrash: 3,
  relayRestart: 2,
  relayClock: 1,
} as const;

/** What goes wrong. */
export type FaultName = keyof typeof faultWeights;

type Fault = (world: World, device: Device, step: Step) => void;

const faults: Record<FaultName, Fault> = {
  crash: (world, device, { c }) => crash(world, device, c),

  crashAtWrite(world, device, { b, c }) {
    const writes = 1 + ((b >>> 8) % 6);
    // A third of the time the power holds a moment longer: what was written is told or sent, and then it goes.
    if (b % 3 < 2) device.storage.doom(writes, b % 3 === 0, () => crash(world, device, c));
    else
      device.storage.doom(
        writes,
        true,
        () => world.later((b >>> 12) % 40, () => crash(world, device, c)),
        true,
      );
  },

  cut(_world, { line }, { b, c }) {
    line.cut(shortOrLong(b), shortOrLong(c));
  },

  down(world, { line }, { b, c }) {
    line.down(shortOrLong(b), shortOrLong(c));
    world.later(500 + (b % 20_000), () => line.up());
  },

  stall(world, { line }, { b, c }) {
    line.stall((["up", "down", "both"] as const)[b % 3] ?? "both");
    world.later(200 + (c % 40_000), () => line.resume());
  },

  full(world, { storage }, { b }) {
    storage.isFull = true;
    world.later(200 + (b % 8_000), () => {
      storage.isFull = false;
    });
  },

  clock(_world, { clock }, { b, c }) {
    // Never more than the hour that members grant each other's key packages.
    const target = (c % 2 === 0 ? 1 : -1) * (b % 1_200_000);
    clock.jump(target - clock.offset);
  },

  secondProcess(_world, device) {
    if (device.client !== undefined) void device.start(true);
  },

  relayCrash(world, _device, { b }) {
    world.relay.crash(world.lines);
    world.later(100 + (b % 6_000), () => world.startRelay());
  },

  relayRestart(world) {
    void world.relay.drain().then(() => world.startRelay());
  },

  relayClock(world, _device, { b, c }) {
    const target = (c % 2 === 0 ? 1 : -1) * (b % 1_200_000);
    world.relay.clock.jump(target - world.relay.clock.offset);
    world.relay.offset = target;
  },
};

/** Makes something go wrong with one of the devices, or with the relay. */
export function harm(world: World, step: Step): void {
  const there = world.devices.filter(({ isRetired }) => !isRetired);
  const device = there[step.a % Math.max(1, there.length)];
  if (device === undefined) return;
  world.count("fault");
  faults[step.do as FaultName](world, device, step);
}

function crash(world: World, device: Device, c: number): void {
  device.crash();
  world.count("crash");
  world.later(100 + (c % 4_000), () => start(device));
}

/** Starts a device again that is off. */
function start(device: Device): void {
  void device.start();
}

function shortOrLong(by: number): number {
  return by % 3 === 0 ? by % 45_000 : by % 50;
}
