import ts from "typescript";

// The rules of the house as code. `docs/architecture.md` says why each exists.

/** Layers of core from the top down: a file imports from its own layer and those after it. */
const LAYERS = ["client", "conversation", "mls", "crypto", "wire", "codec", "port"];
/** Below the shell, time and random bytes are inputs, and nothing waits. */
const PURE = LAYERS.slice(1);
const HOST_NAMES = new Set([
  "AbortController",
  "AbortSignal",
  "Date",
  "Promise",
  "clearTimeout",
  "console",
  "fetch",
  "performance",
  "queueMicrotask",
  "setInterval",
  "setTimeout",
]);
/** A third-party package of core belongs to one layer. */
const OWNERS: [prefix: string, layer: string][] = [
  ["@noble/", "crypto"],
  ["eventemitter3", "client"],
];
const MAX_LINES = 300;
const MAX_METHODS = 12;
const BANNED_SUFFIX = /(?:Impl|Managers?|Utils?|Helpers?|Interface|Adapter)$/;
const BANNED_FILE = /(?:^|-)(?:impl|managers?|utils?|helpers?|misc|common)\.ts$/;

/** All violations in one source file; `path` is relative to the repository. */
export function checkFile(path: string, text: string): string[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const problems: string[] = [];
  const report = (node: ts.Node, problem: string): void => {
    const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
    problems.push(`${path}:${line + 1} ${problem}`);
  };

  const lines = text.replace(/\n$/, "").split("\n").length;
  if (lines > MAX_LINES) problems.push(`${path}:${MAX_LINES + 1} has ${lines} lines, at most ${MAX_LINES}`);
  if (BANNED_FILE.test(path)) problems.push(`${path}:1 is named for nothing: name the file for what it does`);

  const inCore = /^packages\/core\/src\/(?:([^/]+)\/)?/.exec(path);
  const layer = inCore?.[1];
  if (inCore) checkImports(source, path, layer, report);
  if (layer === "port") checkTypesOnly(source, report);
  const pure = layer !== undefined && PURE.includes(layer);

  const visit = (node: ts.Node): void => {
    checkNames(node, report);
    if (node.kind === ts.SyntaxKind.AnyKeyword) report(node, "`any`: say what it is, or `unknown`");
    if (ts.isClassLike(node)) checkClass(node, report);
    if (pure && layer !== "port") checkPure(node, report);
    if (layer === "memory") checkDeterministic(node, report);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return problems;
}

type Report = (node: ts.Node, problem: string) => void;

function checkImports(source: ts.SourceFile, path: string, layer: string | undefined, report: Report): void {
  if (layer === undefined && !/\/error\.ts$/.test(path)) return; // entry files may import anything
  if (layer === "testing") return; // the shared cases reach whatever they examine, and no layer reaches them
  if (layer !== undefined && layer !== "memory" && !LAYERS.includes(layer)) {
    report(source, `${layer}/ is not a layer: ${LAYERS.join(" > ")}`);
    return;
  }
  for (const node of importSpecifiers(source)) {
    const specifier = node.text;
    if (!specifier.startsWith(".")) {
      const owner = OWNERS.find(
        ([prefix]) => specifier === prefix || specifier.startsWith(`${prefix.replace(/\/$/, "")}/`),
      );
      if (owner === undefined) report(node, `imports ${specifier}, which core does not depend on`);
      else if (owner[1] !== layer) report(node, `imports ${specifier}, which belongs to ${owner[1]}/`);
      continue;
    }
    const target = resolve(path, specifier);
    const inside = /^packages\/core\/src\/(?:([^/]+)\/)?.+$/.exec(target);
    if (!inside) {
      report(node, `imports ${specifier}, outside of core`);
      continue;
    }
    const below = inside[1];
    if (below === undefined) {
      if (!/\/(?:error|runtime)(?:\.d)?\.ts$/.test(target))
        report(node, `imports the entry file ${specifier}`);
    } else if (!mayImport(layer, below)) {
      report(node, `${layer ?? "error.ts"} imports from ${below}/, which is not below it`);
    }
  }
}

function mayImport(from: string | undefined, to: string): boolean {
  if (from === undefined) return false;
  if (from === to) return true;
  if (from === "memory") return to === "port" || to === "codec" || to === "wire";
  const [upper, lower] = [LAYERS.indexOf(from), LAYERS.indexOf(to)];
  return lower > upper;
}

/** The specifiers of `import`, `export … from`, `import()` and `import("…").Type`. */
export function importSpecifiers(source: ts.SourceFile): ts.StringLiteralLike[] {
  const found: ts.StringLiteralLike[] = [];
  const visit = (node: ts.Node): void => {
    let specifier: ts.Node | undefined;
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) specifier = node.moduleSpecifier;
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      specifier = node.arguments[0];
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
      specifier = node.argument.literal;
    if (specifier && ts.isStringLiteralLike(specifier)) found.push(specifier);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function resolve(path: string, specifier: string): string {
  return new URL(specifier, `file:///${path}`).pathname.slice(1);
}

function checkTypesOnly(source: ts.SourceFile, report: Report): void {
  for (const statement of source.statements) {
    const typesOnly =
      ts.isInterfaceDeclaration(statement) ||
      ts.isTypeAliasDeclaration(statement) ||
      (ts.isExportDeclaration(statement) && (statement.isTypeOnly || statement.exportClause === undefined)) ||
      (ts.isImportDeclaration(statement) &&
        statement.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword);
    if (!typesOnly) report(statement, "port/ holds types only");
  }
}

function checkPure(node: ts.Node, report: Report): void {
  const { kind } = node;
  if (kind === ts.SyntaxKind.AsyncKeyword) report(node, "`async` below client/");
  if (kind === ts.SyntaxKind.AwaitExpression || kind === ts.SyntaxKind.AwaitKeyword)
    report(node, "`await` below client/");
  const name = hostName(node);
  if (name !== undefined && HOST_NAMES.has(name)) report(node, `\`${name}\` below client/`);
  checkRandom(node, report);
}

/** The memory stores are asynchronous like any store, yet as repeatable as the layers. */
function checkDeterministic(node: ts.Node, report: Report): void {
  const name = hostName(node);
  if (name !== undefined && HOST_NAMES.has(name) && name !== "Promise" && name !== "queueMicrotask") {
    report(node, `\`${name}\` in memory/`);
  }
  checkRandom(node, report);
}

function checkRandom(node: ts.Node, report: Report): void {
  const name = hostName(node);
  if (name === "getRandomValues" || name === "randomUUID")
    report(node, `\`${name}\`: random bytes are an input`);
  if (name !== "Math") return;
  const { parent } = node;
  if (!ts.isPropertyAccessExpression(parent) || parent.expression !== node || parent.name.text === "random") {
    report(node, "`Math.random` or a way to reach it: random bytes are an input");
  }
}

/** The name a node refers to, unless it only names a property of something else; `globalThis.x` is `x`. */
function hostName(node: ts.Node): string | undefined {
  if (!ts.isIdentifier(node)) return undefined;
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent) && parent.name === node) {
    const owner = parent.expression.getText();
    return owner === "globalThis" || owner === "crypto" || owner === "globalThis.crypto"
      ? node.text
      : undefined;
  }
  const namesProperty =
    (ts.isPropertyAssignment(parent) ||
      ts.isPropertySignature(parent) ||
      ts.isPropertyDeclaration(parent) ||
      ts.isMethodDeclaration(parent) ||
      ts.isMethodSignature(parent)) &&
    parent.name === node;
  return namesProperty ? undefined : node.text;
}

function checkNames(node: ts.Node, report: Report): void {
  const declares =
    ts.isClassDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isFunctionDeclaration(node) ||
    ts.isVariableDeclaration(node);
  if (!declares || node.name === undefined || !ts.isIdentifier(node.name)) return;
  const name = node.name.text;
  if (BANNED_SUFFIX.test(name)) report(node, `\`${name}\` is named for its kind: name it for what it does`);
  if (ts.isInterfaceDeclaration(node) && /^I[A-Z][a-z]/.test(name)) report(node, `\`${name}\`: no leading I`);
}

function checkClass(node: ts.ClassLikeDeclaration, report: Report): void {
  const names = new Set<string>();
  for (const member of node.members) {
    if (!ts.isMethodDeclaration(member) || ts.isPrivateIdentifier(member.name)) continue;
    const hidden = ts.SyntaxKind.PrivateKeyword;
    const guarded = ts.SyntaxKind.ProtectedKeyword;
    if (member.modifiers?.some(({ kind }) => kind === hidden || kind === guarded)) continue;
    names.add(member.name.getText());
  }
  if (names.size > MAX_METHODS)
    report(node, `a class of ${names.size} public methods, at most ${MAX_METHODS}`);
}
