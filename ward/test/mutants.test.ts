import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { root } from "../../test/repository.ts";
import { mutants } from "../mutants/mutants.ts";
import { editsOf, mutate } from "../mutants/mutate.ts";
import { huntFor } from "../mutants/run.ts";

/** Found after few events, one for each way of finding: the others are found by `npm run ward -- --mutants`. */
const quick = ["told-before-stored", "encrypted-again", "read-by-itself", "nonces-repeat"];

describe("planted bugs", () => {
  test("there are at least 30, each with a name of its own", () => {
    expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
    expect(mutants.length).toBeGreaterThanOrEqual(30);
  });

  test.each(mutants)("$name still applies", (mutant) => {
    for (const { file } of editsOf(mutant)) {
      const source = readFileSync(join(root, file), "utf8");
      const mutated = mutate(source, file, mutant);
      expect(mutated).not.toBe(source);
      // What does not even load violates nothing, and would count as missed.
      expect(() => stripTypeScriptTypes(mutated)).not.toThrow();
    }
  });

  test.concurrent.each(mutants.filter(({ name }) => quick.includes(name)))(
    "$name is found",
    { timeout: 300_000 },
    async (mutant) => {
      const { found, output } = await huntFor(mutant);
      expect(found, output).toBeDefined();
    },
  );
});
