import { decode, type Reader } from "../codec/reader.ts";
import { ReadbackError } from "../error.ts";

/** Records of one group by name. */
export type Records = ReadonlyMap<string, Uint8Array>;

/** The version of all records of a group, in the first byte of `public` and of `member`. */
export const recordVersion = 1;

/** A number as part of a record's name: of fixed width, so that names sort like numbers. */
export function numberPart(number: number, width = 5): string {
  return number.toString().padStart(width, "0");
}

/** The records of a family with what follows its name, for instance `00012` of `secret/00012`. */
export function family(records: Records, name: string): [rest: string, bytes: Uint8Array][] {
  const prefix = `${name}/`;
  return [...records].flatMap(([key, bytes]) =>
    key.startsWith(prefix) ? [[key.slice(prefix.length), bytes] as [string, Uint8Array]] : [],
  );
}

/** The reverse of {@link numberPart}. Throws `storage-damaged`. */
export function numberIn(part: string | undefined): number {
  if (part === undefined || !/^[0-9]+$/.test(part)) throw damaged("A record has an unknown name.");
  return Number(part);
}

/** The content of a record that has to be there. Throws `storage-damaged` or what `read` throws. */
export function recordIn<T>(records: Records, name: string, read: (reader: Reader) => T): T {
  const bytes = records.get(name);
  if (bytes === undefined) throw damaged("A record of a group is missing.");
  return decode(read, bytes);
}

/** Reads the version of a record. Throws `storage-damaged` where it is not ours. */
export function readVersion(reader: Reader): void {
  if (reader.u8() !== recordVersion) throw damaged("A record of a group has an unknown version.");
}

/** Runs `restore` and makes whatever it throws `storage-damaged`. */
export function restoring<T>(restore: () => T): T {
  try {
    return restore();
  } catch (cause) {
    throw new ReadbackError("storage-damaged", "The records of a group do not fit together.", { cause });
  }
}

/** The error of records that do not fit together. */
export function damaged(message: string): ReadbackError {
  return new ReadbackError("storage-damaged", message);
}
