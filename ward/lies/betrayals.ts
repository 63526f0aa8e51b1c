import type { Step } from "../world/plan.ts";
import type { World } from "../world/world.ts";
import { falseReceipt, poisons } from "./poisons.ts";
import { Traitor } from "./traitor.ts";

/** What a member does that no client does, and how often compared with the others. */
interface Betrayal {
  readonly weight: number;
  commit(traitor: Traitor, id: string, step: Step, world: World): Promise<void>;
}

const betrayals = {
  /** A message that breaks a rule of contents. */
  poison: {
    weight: 3,
    async commit(traitor, id, { c }) {
      const state = traitor.stateOf(id);
      const other = state.members.find(({ person }) => person !== state.self.person) ?? state.self;
      const list = poisons(state, other);
      await traitor.say(id, list[c % list.length] as Uint8Array, "application");
    },
  },
  /** A receipt for what is not there, or that it has not looked at; again and again. */
  "receipt-flood": {
    weight: 2,
    async commit(traitor, id, { c }) {
      const state = traitor.stateOf(id);
      const upTo = state.position.seq + (c % 3 === 0 ? 0 : c % 100_000);
      for (let i = 0; i < 20; i++) await traitor.say(id, falseReceipt(state, upTo), "receipt");
    },
  },
  /** A commit that some, or all, of the others cannot process. */
  "bad-commit": {
    weight: 2,
    async commit(traitor, id, { c, at }, { chance }) {
      const coin = chance.fork(`bad commit ${at}`);
      await traitor.commitBadly(id, () => c % 4 === 0 || coin.happens(0.5));
    },
  },
} satisfies Record<string, Betrayal>;

/** What a betrayal is called in a plan. */
export type BetrayalName = `betray-${keyof typeof betrayals}`;

/** How often each happens, compared with the others. */
export const betrayalWeights = Object.fromEntries(
  Object.entries(betrayals).map(([name, { weight }]) => [`betray-${name}`, weight]),
) as Record<BetrayalName, number>;

/** What others find out about a member who keeps no rule, or because of one. */
const explained = [
  "false-claim",
  "missing",
  "recovered",
  "misdated",
  "clock-off",
  "blocked",
  "commit-refused",
  // Reported of what cannot be read; such a place is a gap, and of what was missed nobody hears that it was held.
  "unreadable",
  "unknown-message",
  "gap",
  "receipts",
  "place",
];

/** The one member of a world who keeps no rule, once there is one. */
export class Betrayals {
  readonly #world: World;
  #traitor: Traitor | undefined;
  /** How often each has happened. */
  readonly told = new Map<BetrayalName, number>();

  constructor(world: World) {
    this.#world = world;
  }

  /** Lets the traitor do something; the first one to be asked becomes it. */
  happen(step: Step): void {
    const { devices, witness, findings } = this.#world;
    const able = devices.filter(
      ({ client, isRetired }) =>
        !isRetired && client?.conversations().some((c) => c.phase === "active" && c.members().length > 2),
    );
    const chosen = able[step.a % Math.max(1, able.length)];
    if (this.#traitor === undefined && chosen !== undefined) this.#traitor = new Traitor(this.#world, chosen);
    const traitor = this.#traitor;
    const ids = traitor?.conversations ?? [];
    const id = ids[step.b % Math.max(1, ids.length)];
    if (traitor === undefined || id === undefined) return;
    witness.permits.allow(explained, { conversation: id });
    // Whoever signs a receipt may not have looked.
    witness.permits.allow(["untrue"], { device: traitor.device.fullName });
    const name = step.do as BetrayalName;
    this.told.set(name, (this.told.get(name) ?? 0) + 1);
    this.#world.digest.add(`${name} ${traitor.device.fullName} ${id.slice(0, 8)}`);
    betrayals[name.slice("betray-".length) as keyof typeof betrayals]
      .commit(traitor, id, step, this.#world)
      // Whoever is not connected cannot harm anybody.
      .catch((error: { code?: string }) => {
        if (error.code === undefined) findings.add(error);
      });
  }
}

/** Whether a step of a plan is a betrayal. */
export function isBetrayal(name: string): name is BetrayalName {
  return Object.hasOwn(betrayalWeights, name);
}
