import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { ExampleFiles, findExamples } from "./examples.ts";
import { filesBelow, packages, readText, root } from "./repository.ts";

const LIMIT = 30_000;

const pages = [
  "README.md",
  ...packages().map(({ folder }) => `${folder}/README.md`),
  ...filesBelow("docs", ".md"),
];
const examples = pages
  .filter((path) => existsSync(join(root, path)))
  .flatMap((path) => findExamples(path, readText(path)));

describe("every example in the documentation", () => {
  const files = new ExampleFiles(examples);
  afterAll(() => files.remove());

  test("type-checks", { timeout: 120_000 }, () => {
    expect([...files.typeCheck().values()].flat()).toEqual([]);
  });

  for (const example of examples.filter(({ run }) => run)) {
    test(`${example.path}:${example.line} runs`, { timeout: LIMIT + 5_000 }, () => files.run(example, LIMIT));
  }
});

describe("a broken example is found", () => {
  const fence = "```";
  const page = [
    "# A page",
    `${fence}ts`,
    'import * as core from "@readback/core";',
    'const wrong: number = "text";',
    "void [core, wrong];",
    fence,
    `${fence}ts`,
    "",
    'throw new Error("no");',
    fence,
    `${fence}ts`,
    "setInterval(() => {}, 1000);",
    fence,
    `${fence}ts no-run`,
    'throw new Error("never run");',
    fence,
    `${fence}sh`,
    "exit 1",
    fence,
  ].join("\n");
  const found = findExamples("docs/page.md", page);
  const [mistyped, throwing, endless] = found;
  const files = new ExampleFiles(found);
  afterAll(() => files.remove());

  test("with its fence and flags", () => {
    expect(found.map(({ line, run }) => [line, run])).toEqual([
      [2, true],
      [7, true],
      [11, true],
      [14, false],
    ]);
    expect(() => findExamples("docs/page.md", `${fence}ts norun\n${fence}`)).toThrow("docs/page.md:1");
    expect(() => findExamples("docs/page.md", `\n${fence}ts`)).toThrow("docs/page.md:2");
  });

  test("by the compiler, with file and line", { timeout: 120_000 }, () => {
    expect([...files.typeCheck().values()].flat()).toEqual([
      "docs/page.md:4 Type 'string' is not assignable to type 'number'.",
    ]);
  });

  test("by running it, with file and line", async () => {
    if (!mistyped || !throwing || !endless) throw new Error("the page has three running examples");
    await files.run(mistyped, LIMIT);
    await expect(files.run(throwing, LIMIT)).rejects.toThrow(/docs\/page\.md:9[\s\S]*Error: no/);
    await expect(files.run(endless, 500)).rejects.toThrow("docs/page.md:11 still running after 500 ms");
  });
});
