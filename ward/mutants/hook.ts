import { registerHooks } from "node:module";
import { mutants } from "./mutants.ts";
import { editsOf, mutate } from "./mutate.ts";

/** Plants the bug that `READBACK_MUTANT` names into the sources as they are loaded. Nothing is written to disk. */
const name = process.env.READBACK_MUTANT;
const mutant = mutants.find((candidate) => candidate.name === name);
if (mutant === undefined) throw new Error(`There is no mutant ${name}.`);
const files = [...new Set(editsOf(mutant).map(({ file }) => file))];

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    const file = files.find((candidate) => url.endsWith(`/${candidate}`));
    if (file === undefined || loaded.source === undefined || loaded.source === null) return loaded;
    const source =
      typeof loaded.source === "string"
        ? loaded.source
        : Buffer.from(loaded.source as Uint8Array).toString("utf8");
    return { ...loaded, source: mutate(source, file, mutant) };
  },
});
