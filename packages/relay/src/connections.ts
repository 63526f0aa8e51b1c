import type { RelayLimits } from "./limits.ts";

/** As much of a session as its neighbours see. */
export interface Neighbour {
  /** Ends the connection since a newer one of its device needs the room. */
  giveWay(): void;
  /** Ends the connection at once since its device was revoked. */
  turnOut(): void;
}

/** Counts connections: of strangers by origin, of devices by name. */
export class Connections {
  readonly #limits: RelayLimits;
  readonly #origins = new Map<string, number>();
  readonly #devices = new Map<string, readonly Neighbour[]>();
  /** Devices that were just revoked, and what ends the watch for them. */
  readonly #turnedOut = new Map<string, () => void>();
  #strangers = 0;

  /** @param limits - of the relay */
  constructor(limits: RelayLimits) {
    this.#limits = limits;
  }

  /**
   * Counts a connection that has not logged in. Returns what takes it out of the count again, idempotent; `undefined`
   * where there are too many. @param origin - where it comes from, if the transport knows
   */
  admit(origin: string | undefined): (() => void) | undefined {
    const sameOrigin = origin === undefined ? 0 : (this.#origins.get(origin) ?? 0);
    if (this.#strangers >= this.#limits.strangers || sameOrigin >= this.#limits.strangersPerOrigin)
      return undefined;
    this.#strangers += 1;
    if (origin !== undefined) this.#origins.set(origin, sameOrigin + 1);
    let counted = true;
    return () => {
      if (!counted) return;
      counted = false;
      this.#strangers -= 1;
      if (origin === undefined) return;
      const left = (this.#origins.get(origin) ?? 1) - 1;
      if (left === 0) this.#origins.delete(origin);
      else this.#origins.set(origin, left);
    };
  }

  /** Counts a connection of a device; where there are too many, the oldest gives way. Returns what takes it out again. */
  enter(device: string, session: Neighbour): () => void {
    const own = [...(this.#devices.get(device) ?? []), session];
    const tooMany = own.splice(0, own.length - this.#limits.connectionsPerDevice);
    this.#devices.set(device, own);
    // It was let in right before it was revoked.
    if (this.#turnedOut.has(device)) session.turnOut();
    for (const oldest of tooMany) oldest.giveWay();
    return () => {
      const others = this.#devices.get(device)?.filter((other) => other !== session) ?? [];
      if (others.length > 0) this.#devices.set(device, others);
      else this.#devices.delete(device);
    };
  }

  /**
   * Ends all connections of a device that was revoked, also such whose logins are just under way.
   *
   * @param later - calls back once none of these can be under way any more; returns what cancels that
   */
  turnOut(device: string, later: (end: () => void) => () => void): void {
    this.#turnedOut.get(device)?.();
    this.#turnedOut.set(
      device,
      later(() => void this.#turnedOut.delete(device)),
    );
    for (const session of [...(this.#devices.get(device) ?? [])]) session.turnOut();
  }

  /** Nobody comes any more. */
  close(): void {
    for (const cancel of this.#turnedOut.values()) cancel();
    this.#turnedOut.clear();
  }
}
