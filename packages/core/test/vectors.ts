import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder =
  process.env.MLS_VECTORS ?? fileURLToPath(new URL("../../../../shared/vectors/mls", import.meta.url));

/**
 * The parsed content of a vector file of the MLS working group, read from the folder `MLS_VECTORS` or from
 * `../shared/vectors/mls` next to the repository. `undefined`, and one line that says so, where it is not there:
 * the vectors are not part of the repository.
 */
export function vectorFile(name: string): unknown {
  const path = `${folder}/${name}`;
  if (existsSync(path)) return JSON.parse(readFileSync(path, "utf8"));
  console.info(`skipped: ${name} is neither in MLS_VECTORS nor in ../shared/vectors/mls`);
  return undefined;
}
