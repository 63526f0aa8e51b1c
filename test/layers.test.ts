import { join } from "node:path";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { filesBelow, packages, readText, root, sourceEntries } from "./repository.ts";
import { checkFile, importSpecifiers } from "./rules.ts";

const MAX_EXPORTS = 60;
/** The only entries that need Node, Deno or Bun; everything else also runs in a browser. */
const HOST_ENTRIES = ["@readback/relay/sqlite", "@readback/storage-sqlite", "@readback/transport-ws/server"];

describe("the sources", () => {
  for (const { folder } of packages()) {
    test(`${folder} keeps the rules`, () => {
      expect(filesBelow(`${folder}/src`, ".ts").flatMap((path) => checkFile(path, readText(path)))).toEqual(
        [],
      );
    });
  }

  // What simulates and measures is read as often as what it is about. Classes that set a scene may have more methods.
  test.each(["ward", "bench", "fuzz", "scripts"])("%s has files as short and as well named", (folder) => {
    const problems = filesBelow(folder, ".ts").flatMap((path) => checkFile(path, readText(path)));
    expect(problems.filter((problem) => !/a class of 1[3-5] public methods/.test(problem))).toEqual([]);
  });

  test(`core exports at most ${MAX_EXPORTS} names`, () => {
    expect(exportedNames("packages/core/src/index.ts").length).toBeLessThanOrEqual(MAX_EXPORTS);
  });

  test("core has entries, error.ts and layers, and no other file beside them", () => {
    const files = filesBelow("packages/core/src", ".ts").filter((path) => path.split("/").length === 4);
    const core = packages().find(({ folder }) => folder === "packages/core");
    const entries = core
      ? sourceEntries(core.manifest).map(({ file }) => `packages/core/${file.slice(2)}`)
      : [];
    const others = ["packages/core/src/error.ts", "packages/core/src/runtime.d.ts"];
    expect(files).toEqual([...entries, ...others].sort());
  });

  const anywhere = packages().flatMap(({ folder, manifest }) =>
    sourceEntries(manifest)
      .filter((entry) => !HOST_ENTRIES.includes(manifest.name + entry.subpath.slice(1)))
      .map(({ file }) => `${folder}/${file.slice(2)}`),
  );
  test.each(anywhere)("%s runs anywhere: no import leads to Node", (entry) => {
    expect(hostImports(entry)).toEqual([]);
  });
});

describe("the rules can fail", () => {
  const core = "packages/core/src";
  test.each<[name: string, path: string, text: string, problem: RegExp]>([
    ["an import upward", `${core}/mls/a.ts`, 'import { b } from "../conversation/b.ts";', /not below it/],
    ["an export upward", `${core}/codec/a.ts`, 'export * from "../crypto/b.ts";', /not below it/],
    ["a type import upward", `${core}/wire/a.ts`, 'type B = import("../mls/b.ts").B;', /not below it/],
    ["memory over crypto", `${core}/memory/a.ts`, 'import { b } from "../crypto/b.ts";', /not below it/],
    ["error.ts over codec", `${core}/error.ts`, 'import { b } from "./codec/b.ts";', /not below it/],
    ["the shared cases", `${core}/client/a.ts`, 'import { b } from "../testing/b.ts";', /not below it/],
    ["an import of an entry", `${core}/client/a.ts`, 'import { b } from "../index.ts";', /entry file/],
    [
      "an import of a package",
      `${core}/mls/a.ts`,
      'import { sha256 } from "@noble/hashes/sha2.js";',
      /belongs to/,
    ],
    ["an unknown package", `${core}/mls/a.ts`, 'import fs from "node:fs";', /does not depend on/],
    ["a folder that is no layer", `${core}/misc/a.ts`, "export {};", /not a layer/],
    ["a value in port/", `${core}/port/a.ts`, "export const b = 1;", /types only/],
    ["async", `${core}/mls/a.ts`, "export async function b() {}", /`async`/],
    ["await", `${core}/mls/a.ts`, "await b;", /`await`/],
    ["a promise", `${core}/codec/a.ts`, "export type B = Promise<void>;", /`Promise`/],
    ["a clock", `${core}/conversation/a.ts`, "export const b = Date.now();", /`Date`/],
    ["a hidden clock", `${core}/conversation/a.ts`, "export const b = globalThis.Date.now();", /`Date`/],
    ["a timer", `${core}/wire/a.ts`, "setTimeout(() => {}, 1);", /`setTimeout`/],
    ["performance", `${core}/mls/a.ts`, "performance.now();", /`performance`/],
    ["console", `${core}/crypto/a.ts`, "console.log(1);", /`console`/],
    ["chance", `${core}/mls/a.ts`, "export const b = Math.random();", /Math.random/],
    ["chance by a detour", `${core}/mls/a.ts`, "export const { random } = Math;", /Math.random/],
    ["random bytes", `${core}/mls/a.ts`, "crypto.getRandomValues(new Uint8Array(1));", /are an input/],
    ["a clock in memory/", `${core}/memory/a.ts`, "export const b = Date.now();", /`Date`/],
    ["any", "packages/relay/src/a.ts", "export const b = (c: any) => c;", /`any`/],
    ["a long file", "packages/relay/src/a.ts", "export {};\n".repeat(301), /301 lines/],
    ["a banned suffix", "packages/relay/src/a.ts", "export class SessionManager {}", /named for its kind/],
    ["a leading I", "packages/relay/src/a.ts", "export interface IStore {}", /leading I/],
    ["a banned file", "packages/relay/src/string-utils.ts", "export {};", /named for nothing/],
    ["a wide class", "packages/relay/src/a.ts", `class B { ${wide(13)} }`, /13 public methods/],
  ])("%s", (_name, path, text, problem) => {
    expect(checkFile(path, text).join("\n")).toMatch(problem);
  });

  test.each<[name: string, path: string, text: string]>([
    [
      "imports downward",
      `${core}/mls/a.ts`,
      'import { b } from "../codec/b.ts";\nimport { e } from "../error.ts";',
    ],
    ["comments and strings", `${core}/mls/a.ts`, '// await Date\nexport const b = "async Promise Date any";'],
    ["names of properties", `${core}/mls/a.ts`, "export interface B { performance: number }"],
    ["other mathematics", `${core}/mls/a.ts`, "export const b = Math.max(1, 2);"],
    ["promises of a port", `${core}/port/a.ts`, "export interface B { c(): Promise<void> }"],
    ["waiting in the shell", `${core}/client/a.ts`, "export const b = async () => { await c; };"],
    ["a private method", "packages/relay/src/a.ts", `class B { ${wide(12)} #n() {} private o() {} }`],
  ])("and allow %s", (_name, path, text) => {
    expect(checkFile(path, text)).toEqual([]);
  });
});

function wide(methods: number): string {
  return Array.from({ length: methods }, (_, index) => `m${index}() {}`).join(" ");
}

function exportedNames(entry: string): string[] {
  const config = join(root, "packages/core/tsconfig.json");
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => {} };
  const parsed = ts.getParsedCommandLineOfConfigFile(config, {}, host);
  if (!parsed) throw new Error(`cannot read ${config}`);
  const program = ts.createProgram(parsed.fileNames, parsed.options);
  const source = program.getSourceFile(join(root, entry));
  const checker = program.getTypeChecker();
  const symbol = source && checker.getSymbolAtLocation(source);
  return symbol ? checker.getExportsOfModule(symbol).map(({ name }) => name) : [];
}

/** Imports of Node's modules or of `ws` that an entry file leads to, through any relative import. */
function hostImports(entry: string, seen = new Set<string>()): string[] {
  if (seen.has(entry)) return [];
  seen.add(entry);
  const source = ts.createSourceFile(entry, readText(entry), ts.ScriptTarget.Latest);
  return importSpecifiers(source).flatMap(({ text }) => {
    if (text.startsWith(".")) return hostImports(new URL(text, `file:///${entry}`).pathname.slice(1), seen);
    return text.startsWith("node:") || text === "ws" ? [`${entry}: ${text}`] : [];
  });
}
