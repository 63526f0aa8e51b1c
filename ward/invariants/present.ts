import type { Device } from "../world/device.ts";
import type { World } from "../world/world.ts";
import { isGivenUp } from "./given-up.ts";
import type { LogRecord } from "./log-record.ts";

/** Devices that are members, and are to have everything. */
export function presentDevices(world: World, log: LogRecord): Device[] {
  const isThere = (device: Device): boolean => !device.isRetired && log.stayOf(device.fullName) !== undefined;
  return world.devices.filter((device) => isThere(device) && !isGivenUp(device, log));
}

/** How a device sees a conversation; `undefined` where it does not know it. */
export function phaseIn(device: Device, log: LogRecord): string | undefined {
  return device.client?.conversation(log.id)?.phase;
}

/** Whether the last persons go at once, or all others are lost: there is nobody to commit it. */
export function isDeserted(world: World, log: LogRecord): boolean {
  if (log.successor !== undefined) return false;
  const present = presentDevices(world, log);
  const leaving = present.filter((device) => phaseIn(device, log) === "leaving");
  // Whoever has asked for all may be lost since.
  const going = new Set([...leaving.map(({ person }) => person), ...log.leaving]);
  return present.every((device) => phaseIn(device, log) !== "active" || going.has(device.person));
}

/** Whether a member was never let in, for a reason that this world has. */
export function hasKeptOut(world: World, log: LogRecord): boolean {
  return presentDevices(world, log).some((device) => isKeptOut(world, device, log));
}

/** Whether a device was added and never got in, for a reason that this world has. */
export function isKeptOut({ witness }: World, device: Device, { id }: LogRecord): boolean {
  const phase = device.client?.conversation(id)?.phase ?? "left";
  const isExplained = witness.permits.has("welcome", device.fullName, id) || witness.followsBroken(id);
  return phase === "left" && isExplained;
}

/** Whether there may be nobody in a conversation who could commit that somebody is removed. */
export function isStuck(world: World, id: string): boolean {
  const log = world.witness.logs.get(id);
  if (log === undefined || world.witness.broken.has(id)) return true;
  return isDeserted(world, log) || hasKeptOut(world, log);
}
