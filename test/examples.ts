import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import ts from "typescript";
import { root } from "./repository.ts";

/** A ```ts block of a page. A fence "```ts no-run" is type-checked only. */
export interface Example {
  path: string;
  /** Line of the opening fence, counted from one. */
  line: number;
  run: boolean;
  code: string;
}

export function findExamples(path: string, markdown: string): Example[] {
  const examples: Example[] = [];
  let open: { fence: string; example?: Example; lines: string[] } | undefined;
  markdown.split("\n").forEach((text, index) => {
    const fence = /^\s*(`{3,})(.*)$/.exec(text);
    if (!open && fence?.[1]) {
      const [language, ...flags] = (fence[2] ?? "").trim().split(/\s+/);
      const unknown = flags.filter((flag) => flag !== "no-run");
      open = { fence: fence[1], lines: [] };
      if (language !== "ts") return;
      if (unknown.length > 0) throw new Error(`${path}:${index + 1} unknown flag ${unknown.join(" ")}`);
      open.example = { path, line: index + 1, run: !flags.includes("no-run"), code: "" };
    } else if (open && fence?.[1]?.startsWith(open.fence) && !fence[2]?.trim()) {
      if (open.example) examples.push({ ...open.example, code: open.lines.join("\n") });
      open = undefined;
    } else open?.lines.push(text);
  });
  if (open?.example) throw new Error(`${path}:${open.example.line} the block is never closed`);
  return examples;
}

/**
 * Examples as files inside the repository, where the workspace packages resolve. Each starts with as many empty
 * lines as stand above it in its page, so that what the compiler and Node report is the line of the page.
 */
export class ExampleFiles {
  readonly #folder = mkdtempSync(join(root, ".tmp-docs-"));
  readonly #files = new Map<Example, string>();

  constructor(examples: readonly Example[]) {
    for (const example of examples) {
      const file = join(this.#folder, `${example.path.replaceAll("/", "__")}.${example.line}.ts`);
      writeFileSync(file, `${"\n".repeat(example.line)}${example.code}\nexport {};\n`);
      this.#files.set(example, file);
    }
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Type-checks all examples at once; what is wrong with each, as "path:line message". */
  typeCheck(): Map<Example, string[]> {
    const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => {} };
    const parsed = ts.getParsedCommandLineOfConfigFile(join(root, "tsconfig.check.json"), {}, host);
    if (!parsed) throw new Error("cannot read tsconfig.check.json");
    const program = ts.createProgram([...this.#files.values()], parsed.options);
    const results = new Map<Example, string[]>();
    for (const [example, file] of this.#files) {
      const source = program.getSourceFile(file);
      const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
      const problems = found.map(({ file: at, start = 0, messageText }) => {
        const line = at ? at.getLineAndCharacterOfPosition(start).line + 1 : example.line;
        return `${example.path}:${line} ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
      });
      results.set(example, problems);
    }
    return results;
  }

  /** Runs one example in its own process and folder. Rejects with its output if it fails or takes too long. */
  async run(example: Example, limit: number): Promise<void> {
    const file = this.#files.get(example);
    if (!file) throw new Error("not one of these examples");
    const cwd = `${file}.cwd`;
    mkdirSync(cwd, { recursive: true });
    const flags = ["--conditions=@readback/source", "--disable-warning=ExperimentalWarning"];
    const child = spawn(process.execPath, [...flags, file], { cwd, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (output += text));
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill("SIGKILL");
    }, limit);
    const code = await new Promise<number | null>((done, failed) =>
      child.on("error", failed).on("close", done),
    );
    clearTimeout(timer);
    if (code === 0) return;
    const reason = late ? `still running after ${limit} ms` : `ended with ${code}`;
    throw new Error(`${example.path}:${example.line} ${reason}\n${this.#asPage(example, file, output)}`);
  }

  #asPage(example: Example, file: string, output: string): string {
    const url = new RegExp(`(?:file://)?(?:${literally(file)}|${literally(basename(file))})`, "g");
    return output.replace(url, example.path);
  }
}

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
