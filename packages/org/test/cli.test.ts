import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildIfStale } from "../../../test/build.ts";
import { root } from "../../../test/repository.ts";
import { report, verifyEvidence } from "../src/verify.ts";
import { consult } from "./consult.ts";

const folder = mkdtempSync(join(tmpdir(), "readback-evidence-"));
const file = join(folder, "message.evidence");
let evidence: Uint8Array;

beforeAll(async () => {
  for (const name of ["core", "x509", "org"]) buildIfStale(`packages/${name}`);
  const { conversation, message, world } = await consult("command line");
  evidence = await conversation.evidence(message);
  await world.close();
  writeFileSync(file, evidence);
}, 180_000);
afterAll(() => rmSync(folder, { recursive: true }));

describe("readback verify, as it is published", () => {
  test("says what a file proves and ends with 0", async () => {
    expect(await readback("verify", file)).toEqual({
      status: 0,
      out: report(verifyEvidence(evidence)),
      error: "",
    });
  });

  test("says the same in plain JavaScript, and for machines", async () => {
    const { out } = await readback("verify", file);
    expect((await readback("verify", file, "--pure")).out).toBe(out);
    const { status, out: json } = await readback("verify", file, "--json");
    expect(status).toBe(0);
    expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(verifyEvidence(evidence))));
  });

  test("says what does not hold and ends with 1", async () => {
    const altered = join(folder, "altered.evidence");
    writeFileSync(altered, evidence.with(1_000, (evidence[1_000] as number) ^ 1));
    const { status, out, error } = await readback("verify", altered);
    expect({ status, error }).toEqual({ status: 1, error: "" });
    expect(out).toMatch(/^DOES NOT HOLD \([a-z-]+\): .+\n$/);
    const { status: same, out: json } = await readback("verify", altered, "--json");
    expect(same).toBe(1);
    expect(JSON.parse(json)).toMatchObject({ holds: false });
  });

  test.each([
    ["no file", ["verify"]],
    ["a file that is not there", ["verify", join(folder, "nothing")]],
    ["two files", ["verify", file, file]],
    ["another command", ["prove", file]],
    ["an unknown option", ["verify", file, "--trust"]],
    ["nothing", []],
  ])("does not judge with %s, and ends with 2", async (_name, args) => {
    const { status, out, error } = await readback(...args);
    expect({ status, out }).toEqual({ status: 2, out: "" });
    expect(error).not.toBe("");
  });

  test("explains itself", async () => {
    const { status, out } = await readback("--help");
    expect(status).toBe(0);
    expect(out).toContain("readback verify FILE");
  });
});

function readback(...args: string[]): Promise<{ status: number; out: string; error: string }> {
  const cli = join(root, "packages/org/dist/cli.js");
  return new Promise((resolve) => {
    execFile(process.execPath, [cli, ...args], { timeout: 15_000 }, (failure, out, error) => {
      resolve({ status: typeof failure?.code === "number" ? failure.code : failure ? -1 : 0, out, error });
    });
  });
}
