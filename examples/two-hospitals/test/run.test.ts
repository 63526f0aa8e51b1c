import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";

const program = fileURLToPath(new URL("../main.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "two-hospitals-test-"));
const limit = 90_000;
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ending {
  readonly status: number | null;
  readonly lines: readonly string[];
  readonly output: string;
  readonly errors: string;
}

/** Runs the example as `npm start` does, with scratch folders made where the test can see them. */
function play(...args: string[]): Promise<Ending> {
  const scratch = mkdtempSync(join(folder, "scratch-"));
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ["--conditions=@readback/source", program, ...args],
      { env: { ...process.env, TMPDIR: scratch }, maxBuffer: 2 ** 24 },
      (_error, output, errors) => {
        expect(readdirSync(scratch), "what is left in the scratch folder").toEqual([]);
        // Where a program failed it says why: the test then shows it.
        const lines = (errors === "" ? output : output + errors).trimEnd().split("\n");
        resolve({ status: child.exitCode, lines, output, errors });
      },
    );
  });
}

function script(name: string, ...lines: string[]): string {
  const path = join(folder, name);
  writeFileSync(path, lines.join("\n"));
  return path;
}

describe("a consult", { timeout: limit }, () => {
  test("comes through two crashes, each line once, and ends with the count", async () => {
    const keep = join(folder, "kept");
    const text = script("short.txt", "CRITICAL: K 6.8", "", "Größe 1,76 m", "same", "same", "same", "five");
    const { status, lines, output } = await play(text, "--keep", keep);
    expect(lines.at(-1)).toBe(
      "two-hospitals: 6 sent, 6 delivered, 6 read, 1 acknowledged, 0 lost, 0 duplicated",
    );
    expect(status).toBe(0);
    expect(output).toContain("queued → sent → delivered → read → acknowledged\n      “Read back: K 6.8”");
    expect(lines.filter((line) => line.includes("killed with SIGKILL"))).toHaveLength(2);
    expect(lines.filter((line) => line.includes("started again"))).toHaveLength(2);

    const files = readdirSync(keep);
    expect(files).toEqual(
      expect.arrayContaining(["mercy.db", "st-lukes.db", "relay.db", "mercy.key", "st-lukes.key"]),
    );
    for (const file of files) {
      expect(readFileSync(join(keep, file)).includes("Größe"), `the text in ${file}`).toBe(false);
    }
    expect(statSync(join(keep, "mercy.key")).mode & 0o777).toBe(0o600);
    expect((await play(text, "--keep", keep)).errors).toContain("is not empty");
  });

  test("of one line, and of none, ends in the same way", async () => {
    const [one, none] = await Promise.all([
      play(script("one.txt", "only this")),
      play(script("none.txt", "", "")),
    ]);
    expect(one.lines.at(-1)).toBe(
      "two-hospitals: 1 sent, 1 delivered, 1 read, 0 acknowledged, 0 lost, 0 duplicated",
    );
    expect(one.status).toBe(0);
    expect(none.lines.at(-1)).toBe(
      "two-hospitals: 0 sent, 0 delivered, 0 read, 0 acknowledged, 0 lost, 0 duplicated",
    );
    expect(none.status).toBe(0);
  });

  test("of many lines goes on with many at a time, and answers after a crash what it had heard before", async () => {
    const words = (line: number): string =>
      `${line % 4 < 2 ? "CRITICAL: " : ""}line ${line} ${"x".repeat(line)}`;
    const text = script("many.txt", ...Array.from({ length: 400 }, (_, line) => words(line)));
    const { status, lines } = await play(text);
    expect(lines.at(-1)).toBe(
      "two-hospitals: 400 sent, 400 delivered, 400 read, 200 acknowledged, 0 lost, 0 duplicated",
    );
    expect(status).toBe(0);
  });

  test("has lines of 16 KiB, of any characters", async () => {
    const { status } = await play(
      script("long.txt", "x".repeat(16_384), "\u{1fac0}".repeat(4_096), " ", "\u0000"),
    );
    expect(status).toBe(0);
  });
});

describe("a run that went wrong is not called right", { timeout: limit }, () => {
  const lines = ["one", "two", "three"];

  test("where a message is missing in a store", async () => {
    const { status, lines: output } = await play(script("lose.txt", ...lines), "--spoil", "lose");
    expect(output.at(-1)).toBe(
      "two-hospitals: 3 sent, 3 delivered, 3 read, 0 acknowledged, 1 lost, 0 duplicated",
    );
    expect(status).toBe(1);
  });

  test("where a message was sent twice", async () => {
    const { status, lines: output } = await play(script("repeat.txt", ...lines), "--spoil", "repeat");
    expect(output.at(-1)).toBe(
      "two-hospitals: 4 sent, 4 delivered, 4 read, 0 acknowledged, 0 lost, 1 duplicated",
    );
    expect(status).toBe(1);
  });
});

describe("what cannot be played is refused before anything starts", { timeout: limit }, () => {
  test.each<[name: string, args: () => string[], reason: RegExp]>([
    [
      "a line over 16 KiB",
      () => [script("over.txt", "one", "", "x".repeat(16_385))],
      /line 3 has 16385 bytes/,
    ],
    ["a file that is not there", () => [join(folder, "nowhere.txt")], /cannot be read/],
    ["a folder", () => [folder], /cannot be read/],
    ["two files", () => ["a", "b"], /one file at a time/],
    ["an unknown option", () => ["--fast"], /--fast/],
  ])("%s", async (_name, args, reason) => {
    const { status, output, errors } = await play(...args());
    expect(errors).toMatch(reason);
    expect(output).toBe("");
    expect(status).toBe(2);
  });
});

test("control-C ends every process and leaves nothing behind", { timeout: limit }, async () => {
  const scratch = mkdtempSync(join(folder, "scratch-"));
  const child = execFile(process.execPath, ["--conditions=@readback/source", program], {
    env: { ...process.env, TMPDIR: scratch },
  });
  await new Promise<void>((resolve) => child.stdout?.once("data", () => resolve()));
  expect(readdirSync(scratch)).toHaveLength(1);
  const programs = childrenOf(child.pid);
  child.kill("SIGINT");
  expect(await new Promise((resolve) => child.on("exit", resolve))).toBe(130);
  expect(readdirSync(scratch)).toEqual([]);
  // Killed processes need a moment to be gone; the time limit of the test is theirs.
  while (programs.some(isRunning)) await new Promise((resolve) => setImmediate(resolve));
});

/** The processes that a process has started, where the system tells. */
function childrenOf(id: number | undefined): number[] {
  const path = `/proc/${id}/task/${id}/children`;
  if (!existsSync(path)) return [];
  return readFileSync(path, "utf8").trim().split(" ").map(Number);
}

/** A process that has ended may stay listed until somebody asks for its status. */
function isRunning(id: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${id}/stat`, "utf8"));
  } catch {
    return false;
  }
}
