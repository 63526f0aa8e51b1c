import ts from "typescript";
import { expect, test } from "vitest";
import { filesBelow, readText } from "../../../test/repository.ts";
import { importSpecifiers } from "../../../test/rules.ts";

// What makes the verifier worth something: another implementation than the one that wrote the file, and a small one.
const files = filesBelow("packages/org/src/verify", ".ts");

test("the verifier depends on noble and on nothing else, least of all on the core", () => {
  const imports = files.flatMap((path) => {
    const source = ts.createSourceFile(path, readText(path), ts.ScriptTarget.Latest, true);
    return importSpecifiers(source).map(({ text }) => text);
  });
  const foreign = imports.filter((name) => !name.startsWith("@noble/") && !name.startsWith("./"));
  // Types of the answer, shared with the report.
  expect([...new Set(foreign)]).toEqual(["../verdict.ts"]);
});

test("the verifier can be read in an hour: at most 600 lines, comments and all", () => {
  const lines = files.flatMap((path) => readText(path).split("\n").slice(0, -1));
  expect(files.length).toBeGreaterThan(5);
  expect(lines.length).toBeLessThanOrEqual(600);
});
