/**
 * Runs every vector file of the MLS working group in a folder, told by its content: `npm run vectors -- DIR`.
 * Ends with one line: "N passed, N failed, N skipped".
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { schemaOf } from "../packages/core/test/mls/vectors/schemas.ts";

const given = process.argv[2] ?? process.env.MLS_VECTORS ?? "../shared/vectors/mls";
// npm runs scripts in the repository; a relative path is meant from where the user is.
const directory = resolve(process.argv[2] === undefined ? "." : (process.env.INIT_CWD ?? "."), given);

const total = { passed: 0, failed: 0, skipped: 0 };
for (const path of jsonFiles(directory)) runFile(path);
if (total.passed + total.failed + total.skipped === 0) console.log(`There are no vectors in ${directory}.`);
process.exitCode = total.failed > 0 || total.passed + total.skipped === 0 ? 1 : 0;
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);

function jsonFiles(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".json"))
      .sort()
      .map((name) => join(folder, name));
  } catch (error) {
    console.log(`${folder} cannot be read: ${reason(error)}`);
    return [];
  }
}

function runFile(path: string): void {
  const name = path.slice(directory.length + 1);
  const cases = parse(name, path);
  const known = cases.filter((vector) => schemaOf(vector) !== undefined);
  if (known.length === 0) {
    if (cases.length > 0) console.log(`${name}: not a vector file`);
    return;
  }
  const count = { passed: 0, failed: 0, skipped: 0 };
  const reasons = new Map<string, number>();
  for (const [index, vector] of cases.entries()) {
    const outcome = runCase(vector);
    count[outcome.kind] += 1;
    if (outcome.kind === "failed") console.log(`${name}: case ${index}: ${outcome.why}`);
    if (outcome.kind === "skipped") reasons.set(outcome.why, (reasons.get(outcome.why) ?? 0) + 1);
  }
  total.passed += count.passed;
  total.failed += count.failed;
  total.skipped += count.skipped;
  const why = [...reasons].map(([text, times]) => `${times} × ${text}`).join(", ");
  const summary = `${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`;
  console.log(`${name} (${schemaOf(known[0])?.name}): ${summary}${why && ` (${why})`}`);
}

/** The cases of a file; one that is not JSON counts as a failure, or a damaged file would look like a clean run. */
function parse(name: string, path: string): unknown[] {
  try {
    const content: unknown = JSON.parse(readFileSync(path, "utf8"));
    return Array.isArray(content) ? content : [content];
  } catch (error) {
    total.failed += 1;
    console.log(`${name}: cannot be read: ${reason(error)}`);
    return [];
  }
}

type Result =
  | { readonly kind: "passed" }
  | { readonly kind: "failed"; readonly why: string }
  | { readonly kind: "skipped"; readonly why: string };

function runCase(vector: unknown): Result {
  const schema = schemaOf(vector);
  if (schema === undefined) return { kind: "failed", why: "is of another format than the rest of the file" };
  try {
    const outcome = schema.runner.run(vector);
    if (outcome === "passed") return { kind: "passed" };
    return { kind: "skipped", why: outcome.slice("skipped: ".length) };
  } catch (error) {
    return { kind: "failed", why: reason(error) };
  }
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error ? `${String(error.code)}: ` : "";
  return `${code}${error.message.split("\n")[0]}`;
}
