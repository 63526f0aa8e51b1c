import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { builtinModules } from "node:module";
import { join } from "node:path";
import ts from "typescript";
import { beforeAll, describe, expect, test } from "vitest";
import { buildIfStale } from "./build.ts";
import { filesBelow, type Manifest, packages, readText, root, sourceEntries } from "./repository.ts";
import { importSpecifiers } from "./rules.ts";

const BARE_BUILTINS = new Set(builtinModules.map((name) => name.replace(/^node:/, "")));

describe.each(packages())("$folder as it is published", ({ folder, manifest }) => {
  const specifiers = sourceEntries(manifest).map(({ subpath }) => manifest.name + subpath.slice(1));

  beforeAll(() => buildIfStale(folder), 180_000);

  test("has every file its manifest names", () => {
    const targets = Object.values(manifest.exports).flatMap((target) =>
      typeof target === "string" ? [target] : Object.values(target),
    );
    const files = [...targets, ...Object.values(manifest.bin ?? {})];
    expect(files.filter((file) => !existsSync(join(root, folder, file)))).toEqual([]);
  });

  test("lets sources be chosen first, then types", () => {
    for (const target of Object.values(manifest.exports)) {
      if (typeof target === "object") {
        expect(Object.keys(target)).toEqual(["@readback/source", "types", "default"]);
      }
    }
  });

  test("can be imported by every path", { timeout: 60_000 }, () => {
    const code = `for (const path of ${JSON.stringify(specifiers)}) await import(path);`;
    execFileSync(process.execPath, ["--input-type=module", "--eval", code], { cwd: root, stdio: "pipe" });
  });

  test("has declarations without errors", { timeout: 60_000 }, () => {
    const declarations = filesBelow(`${folder}/dist`, ".d.ts").map((path) => join(root, path));
    const program = ts.createProgram(declarations, {
      lib: ["lib.es2023.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts"],
      module: ts.ModuleKind.NodeNext,
      noEmit: true,
      strict: true,
      types: ["node"],
      typeRoots: [join(root, "node_modules/@types")],
    });
    const problems = declarations.flatMap((path) => {
      const source = program.getSourceFile(path);
      return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    });
    expect(problems.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"))).toEqual([]);
  });

  test("imports Node's modules by their full names", () => {
    const built = filesBelow(`${folder}/dist`, ".js").flatMap(importsOf);
    expect(built.filter((name) => BARE_BUILTINS.has(name))).toEqual([]);
    const written = filesBelow(`${folder}/src`, ".ts").flatMap(importsOf).filter(isBuiltin);
    expect(unique(built.filter(isBuiltin))).toEqual(unique(written));
  });

  test("imports what its manifest declares, and nothing else", () => {
    const built = filesBelow(`${folder}/dist`, ".js").flatMap(importsOf);
    const foreign = built.filter((name) => !name.startsWith(".") && !isBuiltin(name)).map(packageName);
    expect(unique(foreign).filter((name) => !isDeclared(name, manifest))).toEqual([]);
  });
});

/** Imports of a file that remain when types are gone. */
function importsOf(path: string): string[] {
  const source = ts.createSourceFile(path, readText(path), ts.ScriptTarget.Latest, true);
  return importSpecifiers(source)
    .filter(({ parent }) => {
      if (ts.isImportDeclaration(parent))
        return parent.importClause?.phaseModifier !== ts.SyntaxKind.TypeKeyword;
      if (ts.isExportDeclaration(parent)) return !parent.isTypeOnly;
      return ts.isCallExpression(parent);
    })
    .map(({ text }) => text);
}

function isBuiltin(name: string): boolean {
  return name.startsWith("node:");
}

function packageName(specifier: string): string {
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}

function isDeclared(name: string, manifest: Manifest): boolean {
  return name === manifest.name || manifest.dependencies?.[name] !== undefined;
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)].sort();
}
