import { describe, expect, test } from "vitest";
import { vectorFile } from "../vectors.ts";
import * as deserialization from "./vectors/deserialization.ts";
import * as messages from "./vectors/messages.ts";
import type { Runner } from "./vectors/tools.ts";
import * as treeMath from "./vectors/tree-math.ts";
import * as treeOperations from "./vectors/tree-operations.ts";
import * as treeValidation from "./vectors/tree-validation.ts";
import * as treeKem from "./vectors/treekem.ts";

const runners: Readonly<Record<string, Runner>> = {
  "deserialization.json": deserialization,
  "messages.json": messages,
  "tree-math.json": treeMath,
  "tree-operations.json": treeOperations,
  "tree-validation.json": treeValidation,
  "treekem.json": treeKem,
};

describe("vectors of structs and trees", () => {
  for (const [name, runner] of Object.entries(runners)) {
    const cases = vectorFile(name) as unknown[] | undefined;
    if (cases === undefined) continue;
    test(name, { timeout: 300_000 }, () => {
      const outcomes = cases.map((vector) => runner.run(vector));
      expect(outcomes.filter((outcome) => outcome === "passed").length).toBeGreaterThan(0);
    });
  }
});
