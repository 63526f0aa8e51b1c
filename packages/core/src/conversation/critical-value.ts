import type { CborValue } from "../codec/cbor.ts";
import { utf8 } from "../codec/utf8.ts";
import { arrayOf, broken, type FieldCode } from "./content-field.ts";

/** One value that has to arrive as it was said, in fields: `potassium`, `6.8`, `mmol/L`. */
export interface CriticalValue {
  /** What it is the value of: 1 to 64 bytes in UTF-8. */
  readonly name: string;
  /** 1 to 256 bytes in UTF-8. Numbers are written as decimal text: nothing is ever rounded. */
  readonly value: string;
  /** At most 32 bytes in UTF-8; empty where there is none. */
  readonly unit: string;
}

/** A field that was not read back as it was said; `undefined` on the side where it is missing. */
export interface Mismatch {
  readonly name: string;
  readonly expected: CriticalValue | undefined;
  readonly answered: CriticalValue | undefined;
}

/** Values of one request or one read-back at most. */
export const maximumValues = 32;

const sizes = { name: [1, 64], value: [1, 256], unit: [0, 32] } as const;

/** The form in which fields are compared and sent: Unicode NFC, without white space at the ends; nothing else is forgiven. */
export function canonicalValue({ name, value, unit }: CriticalValue): CriticalValue {
  return { name: canonical(name), value: canonical(value), unit: canonical(unit) };
}

/**
 * The fields that were not read back exactly: those that differ, are missing or were not asked for. Names, values and
 * units are compared in their canonical form: `6.80` is not `6.8`, and `mmol/L` is not `mEq/L`. Their order is of no
 * matter.
 */
export function mismatches(
  expected: readonly CriticalValue[],
  answered: readonly CriticalValue[],
): Mismatch[] {
  const [wanted, given] = [byName(expected), byName(answered)];
  return [...new Set([...wanted.keys(), ...given.keys()])].flatMap((name): Mismatch[] => {
    const [a, b] = [wanted.get(name), given.get(name)];
    const isSame = a !== undefined && b !== undefined && a.value === b.value && a.unit === b.unit;
    return isSame ? [] : [{ name, expected: a, answered: b }];
  });
}

/** The encoded form of values. Throws `invalid-argument` where {@link readValues} would refuse them. */
export function writeValues(values: readonly CriticalValue[]): CborValue {
  const list = values.map(({ name, value, unit }) => [name, value, unit]);
  readValues(list, "invalid-argument");
  return list;
}

/** At most 32 values, each name once. */
export function readValues(list: CborValue | undefined, code: FieldCode = "malformed"): CriticalValue[] {
  if (!Array.isArray(list) || list.length > maximumValues) throw broken(code);
  const values = list.map((item: CborValue) => {
    const [name, value, unit] = arrayOf(item, 3);
    return {
      name: textOf(sizes.name, name, code),
      value: textOf(sizes.value, value, code),
      unit: textOf(sizes.unit, unit, code),
    };
  });
  if (byName(values).size < values.length) throw broken(code);
  return values;
}

function textOf(
  [least, most]: readonly [number, number],
  text: CborValue | undefined,
  code: FieldCode,
): string {
  if (typeof text !== "string" || text.length > most) throw broken(code);
  const size = utf8(text).length;
  if (size < least || size > most) throw broken(code);
  return text;
}

function byName(values: readonly CriticalValue[]): Map<string, CriticalValue> {
  return new Map(values.map(canonicalValue).map((value) => [value.name, value]));
}

function canonical(text: string): string {
  return text.normalize("NFC").trim();
}
