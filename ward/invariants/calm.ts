import type { Device, Life } from "../world/device.ts";
import type { World } from "../world/world.ts";
import { isGivenUp } from "./given-up.ts";
import { positionOf } from "./stored-records.ts";
import { Violation } from "./violation.ts";

/** Milliseconds within which an entry reaches a device that is connected and that nothing disturbs. */
const patience = 15_000;

/** Knows which devices nothing disturbs, and that what a log has accepted reaches them soon (I15). */
export class Calm {
  readonly #from = new Map<Device, number>();
  readonly #online = new Map<Device, { readonly life: Life; readonly since: number }>();

  /** Something disturbs these devices for a while. */
  disturb(devices: Iterable<Device>, until: number): void {
    for (const device of devices) this.#from.set(device, Math.max(until, this.#from.get(device) ?? 0));
  }

  /** Called now and then. Throws where a device lags that has no reason to. */
  check(world: World): void {
    if (world.witness.isLiedTo) return;
    const { now } = world.scheduler;
    for (const device of world.devices) {
      const since = this.#onlineSince(device, now);
      const calm = Math.max(since ?? Number.POSITIVE_INFINITY, this.#from.get(device) ?? 0);
      if (calm + patience > now) continue;
      for (const log of world.witness.logs.values()) {
        const stay = log.stayOf(device.fullName);
        if (stay === undefined || isGivenUp(device, log)) continue;
        const next = Math.max(positionOf(device, log.id) ?? 0, stay.since - 1);
        const missed = log.entries[next];
        if (missed !== undefined && missed.at + patience < now)
          throw new Violation(
            "I15",
            `${device.fullName} is connected, and ${next + 1} of ${log.id.slice(0, 8)} has not come in ${patience} ms`,
          );
      }
    }
  }

  #onlineSince(device: Device, now: number): number | undefined {
    const { life } = device;
    if (life?.client?.connection !== "online") {
      this.#online.delete(device);
      return undefined;
    }
    const known = this.#online.get(device);
    if (known?.life === life) return known.since;
    this.#online.set(device, { life, since: now });
    return now;
  }
}
