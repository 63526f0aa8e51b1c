import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fromHex } from "../../packages/core/src/codec/hex.ts";

const folder = join(import.meta.dirname, "../../../shared/vectors/mls");
const mostOfOne = 24;

let found: ReadonlyMap<string, readonly Uint8Array[]> = new Map();

/** Reads the vector files of the MLS working group, where there are any. Without it, seeds are the project's own. */
export function readVectors(): void {
  found = collect();
}

/** Some values of these fields, over all files that were read. */
export function vectors(...fields: readonly string[]): readonly Uint8Array[] {
  return fields.flatMap((field) => found.get(field) ?? []);
}

function collect(): Map<string, Uint8Array[]> {
  const values = new Map<string, Uint8Array[]>();
  if (!existsSync(folder)) return values;
  for (const name of readdirSync(folder).filter((file) => file.endsWith(".json"))) {
    JSON.parse(readFileSync(join(folder, name), "utf8"), (field: string, value: unknown) => {
      if (typeof value !== "string" || value.length < 2 || !/^(?:[0-9a-f]{2}){1,8192}$/.test(value))
        return value;
      const list = values.get(field) ?? [];
      values.set(field, list);
      if (list.length < mostOfOne) list.push(fromHex(value));
      return value;
    });
  }
  return values;
}
