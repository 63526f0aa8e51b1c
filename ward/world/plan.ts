import { Chance } from "../kernel/chance.ts";
import type { TroubleName } from "../lies/trouble.ts";
import { type ActionName, actionWeights } from "./actions.ts";
import { type FaultName, faultWeights } from "./faults.ts";

/** What is drawn for a world before it begins. With it, and the seed, a world is what it is. */
export interface Plan {
  readonly seed: string;
  readonly crypto: "model" | "real";
  /** Devices that are there from the beginning: persons with the names of theirs. */
  readonly people: readonly { readonly person: string; readonly devices: readonly string[] }[];
  /** Milliseconds until everything is repaired and has to come to rest. */
  readonly length: number;
  readonly steps: readonly Step[];
  /** Whether credentials end and are renewed. */
  readonly isRenewing: boolean;
}

/** Something that is done to the world, or in it. */
export interface Step {
  /** Milliseconds since the beginning. */
  readonly at: number;
  readonly do: ActionName | FaultName | TroubleName;
  /** 32 bits each, which choose among what is there when the time has come. */
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

/** How a world is to be. Everything that is left out is drawn. */
export interface Wishes {
  readonly crypto: "model" | "real";
  /** Steps, actions and faults together. */
  readonly steps?: number;
  readonly devices?: number;
  /** Whether anything goes wrong. Default: true. */
  readonly faults?: boolean;
  /** Whether groups end in it. Default: in one world of five. */
  readonly endings?: boolean;
}

const organisations = [
  "mercy",
  "stlukes",
  "northside",
  "lakeview",
  "stjohns",
  "riverside",
  "childrens",
  "summit",
];
const people = ["ada", "ben", "cleo", "dora", "emil", "fay", "gus", "hana", "ivo", "jun"];

/** Draws a world. */
export function drawPlan(seed: string, wishes: Wishes): Plan {
  const chance = new Chance(`${seed} plan`);
  const count = wishes.devices ?? drawSize(chance);
  const cast = drawPeople(chance, count);
  const steps: Step[] = [];
  // The larger the world, the more happens in it at once.
  const gap = chance.between(60, 600) / Math.sqrt(count);
  const faultShare = wishes.faults === false ? 0 : chance.between(0.02, 0.3);
  let at = 3_000;
  const total = wishes.steps ?? 500;
  for (let i = 0; i < total; i++) {
    // Now and then nothing happens for a while: then it shows whether everybody has everything.
    at += chance.happens(0.006) ? chance.between(20_000, 45_000) : chance.gap(gap);
    const name = chance.happens(faultShare)
      ? weighted(chance, faultWeights)
      : weighted(chance, actionWeights);
    steps.push({ at: Math.round(at), do: name, a: chance.word(), b: chance.word(), c: chance.word() });
  }
  const all = [...steps, ...drawEndings(seed, at, wishes), ...drawRevocations(seed, at)].sort(
    (one, other) => one.at - other.at,
  );
  // Drawn apart: what else happens does not depend on it.
  const isRenewing = new Chance(`${seed} renewals`).happens(0.2);
  const length = Math.round(at) + 1_000;
  return { seed, crypto: wishes.crypto, people: cast, length, steps: all, isRenewing };
}

/** In every fifth world groups are reinitialized, or where it is wished. Drawn apart: what else happens does not depend on it. */
function drawEndings(seed: string, length: number, { endings = false }: Wishes): Step[] {
  const chance = new Chance(`${seed} endings`);
  const isDrawn = chance.happens(0.2);
  // Where it is wished there are many: what may go wrong takes somebody who is away at that very moment.
  const count = (isDrawn ? 2 + chance.below(8) : 0) + (endings ? 16 : 0);
  return Array.from({ length: count }, () => {
    const at = Math.round(chance.between(5_000, Math.max(6_000, length)));
    return { at, do: "reinitialize", a: chance.word(), b: chance.word(), c: chance.word() } as const;
  });
}

/** In every fifth world devices are revoked. Drawn apart: what else happens does not depend on it. */
function drawRevocations(seed: string, length: number): Step[] {
  const chance = new Chance(`${seed} revocations`);
  const count = chance.happens(0.2) ? 1 + chance.below(4) : 0;
  return Array.from({ length: count }, () => {
    const at = Math.round(chance.between(8_000, Math.max(9_000, length)));
    return { at, do: "revoke", a: chance.word(), b: chance.word(), c: chance.word() } as const;
  });
}

/** Mostly small worlds, in which things meet; now and then a large one. */
function drawSize(chance: Chance): number {
  const share = chance.share();
  if (share < 0.6) return 2 + chance.below(7);
  return share < 0.95 ? 8 + chance.below(9) : 16 + chance.below(25);
}

function drawPeople(chance: Chance, count: number): Plan["people"] {
  const width = Math.min(3 + chance.below(6), organisations.length);
  const cast = new Map<string, string[]>();
  for (let i = 0; i < count; i++) {
    const person = `${people[Math.floor(i / width) % people.length]}@${organisations[i % width]}.example`;
    // Every fourth device belongs to somebody who has one already.
    const known = [...cast.keys()];
    const owner = i > 2 && chance.happens(0.25) ? chance.pick(known) : person;
    const devices = cast.get(owner) ?? [];
    cast.set(owner, [...devices, `device-${devices.length + 1}`]);
  }
  return [...cast].map(([person, devices]) => ({ person, devices }));
}

function weighted<Name extends string>(chance: Chance, weights: Readonly<Record<Name, number>>): Name {
  const entries = Object.entries(weights) as [Name, number][];
  let left = chance.share() * entries.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [name, weight] of entries) {
    left -= weight;
    if (left < 0) return name;
  }
  return (entries[0] as [Name, number])[0];
}
