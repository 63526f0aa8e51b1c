import type { Device } from "./device.ts";
import type { Step } from "./plan.ts";
import type { World } from "./world.ts";

/** How often each happens, compared with the others. */
export const faultWeights = {
  crash: 15,
  crashAtWrite: 30,
  crashAtCommit: 8,
  crashAtJoin: 4,
  away: 8,
  cut: 15,
  down: 10,
  stall: 10,
  full: 5,
  clock: 6,
  secondProcess: 2,
  relayCrash: 3,
  relayRestart: 2,
  relayClock: 2,
  relaySlow: 6,
} as const;

/** What goes wrong. */
export type FaultName = keyof typeof faultWeights;

/** Makes it go wrong. Returns how long it disturbs the device, or all of them where it is the relay: milliseconds. */
type Fault = (world: World, device: Device, step: Step) => number;

const faults: Record<FaultName, Fault> = {
  crash: (world, device, { c }) => crash(world, device, 100 + (c % 4_000)),

  crashAtWrite(world, device, step) {
    doom(world, device, step, 1 + ((step.b >>> 8) % 6));
    return 0;
  },

  crashAtCommit(world, device, step) {
    // Once it is stored it is sent: the answer finds nobody.
    doom(world, device, step, 1, (key) => key.endsWith("/staged"));
    return 0;
  },

  crashAtJoin(world, device, step) {
    doom(world, device, step, 1, (key) => key.startsWith("inbox/"));
    return 0;
  },

  away: (world, device, { b, c }) => crash(world, device, 5_000 + ((b ^ c) % 50_000)),

  cut(_world, { line }, { b, c }) {
    const late = (b >>> 16) % 2 === 0 ? (b >>> 18) % 5_000 : undefined;
    line.cut(shortOrLong(b), shortOrLong(c) + (late ?? 0), late);
    return longest(b, c) + (late ?? 0);
  },

  down(world, { line }, { b, c }) {
    line.down(shortOrLong(b), shortOrLong(c));
    const lasts = 500 + (b % 20_000);
    world.later(lasts, () => line.up());
    return Math.max(lasts, longest(b, c));
  },

  stall(world, { line }, { b, c }) {
    line.stall((["up", "down", "both"] as const)[b % 3] ?? "both");
    const lasts = 200 + (c % 40_000);
    world.later(lasts, () => line.resume());
    return lasts;
  },

  full(world, { storage }, { b }) {
    storage.isFull = true;
    const lasts = 200 + (b % 8_000);
    world.later(lasts, () => {
      storage.isFull = false;
    });
    return lasts;
  },

  clock(_world, { clock }, { b, c }) {
    // Never more than the hour that members grant each other's key packages.
    const target = (c % 2 === 0 ? 1 : -1) * (b % 1_200_000);
    clock.jump(target - clock.offset);
    return 0;
  },

  secondProcess(_world, device) {
    if (device.client !== undefined) void device.start(true);
    return 0;
  },

  relayCrash(world, _device, { b }) {
    world.relay.crash(world.lines);
    const lasts = 100 + (b % 6_000);
    world.later(lasts, () => world.startRelay());
    return lasts;
  },

  relayRestart(world) {
    void world.relay.drain().then(() => world.startRelay());
    return 10_000;
  },

  relaySlow(world, _device, { b, c }) {
    world.relay.store.slowDown(10 + (b % 500));
    const lasts = 500 + (c % 15_000);
    world.later(lasts, () => world.relay.store.slowDown(1));
    return lasts;
  },

  relayClock(world, _device, { b, c }) {
    const target = (c % 2 === 0 ? 1 : -1) * (b % 1_200_000);
    world.relay.clock.jump(target - world.relay.clock.offset);
    world.relay.offset = target;
    return 0;
  },
};

/** Makes something go wrong with one of the devices, or with the relay. */
export function harm(world: World, step: Step): void {
  const there = world.devices.filter(({ isRetired }) => !isRetired);
  const device = there[step.a % Math.max(1, there.length)];
  if (device === undefined) return;
  world.count("fault");
  const lasts = faults[step.do as FaultName](world, device, step);
  const isOfRelay = step.do.startsWith("relay");
  world.calm.disturb(isOfRelay ? world.devices : [device], world.scheduler.now + lasts);
}

function crash(world: World, device: Device, lasts: number): number {
  device.crash();
  world.count("crash");
  world.later(lasts, () => start(device));
  return lasts;
}

/** The power goes at one of the writes of a device that touch such keys. */
function doom(
  world: World,
  device: Device,
  { b, c }: Step,
  writes: number,
  isMeant: (key: string) => boolean = () => true,
): void {
  const strike = (): void => void crash(world, device, 100 + (c % 4_000));
  // A third of the time the power holds a moment longer: what was written is told or sent, and then it goes.
  const isTold = b % 3 === 2;
  device.storage.doom(writes, {
    isApplied: b % 3 !== 1,
    isTold,
    strike: isTold ? () => world.later((b >>> 12) % (b % 2 === 0 ? 40 : 400), strike) : strike,
    isMeant: (changes) => changes.some((change) => isMeant("put" in change ? change.put : "")),
  });
}

function longest(b: number, c: number): number {
  return Math.max(shortOrLong(b), shortOrLong(c));
}

/** Starts a device again that is off. */
function start(device: Device): void {
  void device.start();
}

function shortOrLong(by: number): number {
  return by % 3 === 0 ? by % 45_000 : by % 50;
}
