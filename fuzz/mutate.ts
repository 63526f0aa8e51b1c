import { concat } from "../packages/core/src/codec/bytes.ts";
import { encode } from "../packages/core/src/codec/writer.ts";

/** A whole number from 0 to below `limit`; which one follows from the seed alone. */
export type Chance = (limit: number) => number;

/** Chance by a seed (xorshift32): quick, and good enough to pick bytes. */
export function chanceOf(seed: number): Chance {
  let state = Math.imul(seed, 0x9e3779b1) || 0x9e3779b9;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return Math.floor(((state >>> 0) / 0x100000000) * limit);
  };
}

type Mutation = (input: Uint8Array, chance: Chance, other: Uint8Array) => Uint8Array;

const edges = [0x00, 0x01, 0x02, 0x03, 0x3f, 0x40, 0x41, 0x7f, 0x80, 0xbf, 0xc0, 0xfe, 0xff];
const wide = [0, 1, 0x3fff, 0x4000, 0x7fff, 0x8000, 0xffff];

const mutations: readonly Mutation[] = [
  (input, chance) => edited(input, chance, (byte) => byte ^ (1 << chance(8))),
  (input, chance) => edited(input, chance, () => chance(256)),
  (input, chance) => edited(input, chance, () => edges[chance(edges.length)] as number),
  (input, chance) => edited(input, chance, (byte) => byte + chance(9) - 4),
  (input, chance) => {
    const value = wide[chance(wide.length)] as number;
    return overwritten(input, Uint8Array.of(value >>> 8, value), chance(input.length + 1));
  },
  (input, chance) => {
    const { start, end } = range(input, chance);
    return replaced(input, start, end, new Uint8Array(0));
  },
  (input, chance) => {
    const at = chance(input.length + 1);
    return replaced(input, at, at, noise(1 + chance(4), chance));
  },
  (input, chance) => {
    const { start, end } = range(input, chance);
    return replaced(input, end, end, input.subarray(start, end));
  },
  (input, chance) => input.subarray(0, chance(input.length + 1)),
  (input, chance, other) => {
    const { start, end } = range(other, chance);
    return overwritten(input, other.subarray(start, end), chance(input.length + 1));
  },
  (input, chance, other) => {
    const { start, end } = range(other, chance);
    const at = chance(input.length + 1);
    return replaced(input, at, at, other.subarray(start, end));
  },
  (input, chance, other) =>
    concat(input.subarray(0, chance(input.length + 1)), other.subarray(chance(other.length + 1))),
  (input, chance) => {
    const { start, end } = range(input, chance);
    return new Uint8Array(input).fill(0, start, end);
  },
  resized,
  resized,
  resized,
];

/** A changed copy of `input`: one change or up to eight, some of which bring in parts of `other`. */
export function mutate(input: Uint8Array, chance: Chance, other: Uint8Array, most: number): Uint8Array {
  let changed = input;
  for (let i = chance(2) === 0 ? 1 : 1 + chance(8); i > 0; i--) {
    changed = (mutations[chance(mutations.length)] as Mutation)(changed, chance, other);
  }
  return new Uint8Array(changed.subarray(0, most));
}

/** Another content for something that looks like a vector, its header right, and that of some around it. */
function resized(input: Uint8Array, chance: Chance, other: Uint8Array): Uint8Array {
  if (input.length === 0) return input;
  const at = chance(input.length);
  const vector = vectorAt(input, at);
  if (vector === undefined) return edited(input, chance, () => chance(0x40));
  const content = input.subarray(vector.start, vector.end);
  const { start, end } = range(other, chance);
  const half = chance(content.length + 1);
  const fresh = [
    () => content.subarray(0, half),
    () => concat(content, noise(1 + chance(3), chance)),
    () => concat(content, content.subarray(half)),
    () => concat(content.subarray(0, half), other.subarray(start, end)),
    () => noise(chance(70), chance),
    () => new Uint8Array(content.length),
  ][chance(6)]?.() as Uint8Array;
  let changed = replaced(
    input,
    at,
    vector.end,
    encode((w) => w.bytes(fresh), undefined),
  );
  // From the inside out: whatever seems to hold what has just changed, now and then by mistake.
  let end2 = vector.end;
  for (let before = at - 1, tries = 0; before >= 0 && tries < 64; before--, tries++) {
    const outer = vectorAt(input, before);
    if (outer === undefined || outer.end < end2 || outer.end > input.length || chance(2) === 0) continue;
    const grown = changed.length - input.length;
    const inner = changed.subarray(outer.start, outer.end + grown);
    const rest = changed.subarray(outer.end + grown);
    changed = concat(
      changed.subarray(0, before),
      encode((w) => w.bytes(inner), undefined),
      rest,
    );
    end2 = outer.end;
  }
  return changed;
}

/** Where the content of a vector is that would begin here, if the header there is one. */
function vectorAt(input: Uint8Array, at: number): { start: number; end: number } | undefined {
  const first = input[at] as number;
  const more = (1 << (first >>> 6)) - 1;
  if (more > 3 || at + more >= input.length) return undefined;
  let length = first & 0x3f;
  for (let i = 1; i <= more; i++) length = length * 0x100 + (input[at + i] as number);
  const start = at + 1 + more;
  return start + length > input.length ? undefined : { start, end: start + length };
}

function edited(input: Uint8Array, chance: Chance, edit: (byte: number) => number): Uint8Array {
  const at = chance(input.length);
  return input.length === 0 ? Uint8Array.of(edit(0)) : input.with(at, edit(input[at] as number));
}

function overwritten(input: Uint8Array, by: Uint8Array, at: number): Uint8Array {
  return replaced(input, at, Math.min(input.length, at + by.length), by);
}

function replaced(input: Uint8Array, start: number, end: number, by: Uint8Array): Uint8Array {
  return concat(input.subarray(0, start), by, input.subarray(end));
}

/** Mostly short, since most fields are. */
function range(input: Uint8Array, chance: Chance): { start: number; end: number } {
  const start = chance(input.length + 1);
  const length = chance(4) === 0 ? chance(input.length + 1) : chance(9);
  return { start, end: Math.min(input.length, start + length) };
}

function noise(length: number, chance: Chance): Uint8Array {
  return Uint8Array.from({ length }, () => chance(256));
}
