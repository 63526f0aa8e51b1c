import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Conversation } from "@readback/core";
import { verifyEvidence } from "@readback/org/verify";
import { certificateToPem, x509Authority } from "@readback/x509";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildIfStale } from "../../../test/build.ts";
import { root } from "../../../test/repository.ts";
import { Organisation } from "./organisation.ts";
import { type Ward, ward } from "./ward.ts";

const folder = mkdtempSync(join(tmpdir(), "readback-certificates-"));
let here: Ward;
let evidence: Uint8Array;

beforeAll(async () => {
  for (const name of ["core", "x509", "org"]) buildIfStale(`packages/${name}`);
  here = ward("evidence");
  const [ada, ben] = [
    await here.device("ada@mercy.example/phone"),
    await here.device("ben@lukes.example/phone"),
  ];
  const conversation = await ada.open({ members: ["ben@lukes.example"] });
  await here.until(() => ben.conversation(conversation.id)?.phase === "active");
  // Said under the second certificates, in the same room.
  await here.pass(25);
  const message = await conversation.send("K 6.8");
  const there = ben.conversation(conversation.id) as Conversation;
  await here.until(async () => (await there.messages()).length === 1);
  await (await there.messages())[0]?.acknowledge();
  await here.until(async () => (await message.status()) === "acknowledged");
  const [sent = message] = await conversation.messages();
  evidence = await conversation.evidence(sent);
  writeFileSync(join(folder, "message.evidence"), evidence);
  writeFileSync(join(folder, "mercy.pem"), certificateToPem(here.mercy.root));
  writeFileSync(join(folder, "lukes.pem"), certificateToPem(here.lukes.root));
}, 240_000);
afterAll(async () => {
  await here.close();
  rmSync(folder, { recursive: true });
});

test("evidence holds where somebody is in the room whose certificate had ended by then", async () => {
  const there = ward("a silent member");
  const [ada, ben] = [
    await there.device("ada@mercy.example/phone"),
    await there.device("ben@lukes.example/phone"),
  ];
  const conversation = await ada.open({ members: ["ben@lukes.example"] });
  await there.until(() => ben.conversation(conversation.id)?.phase === "active");
  there.deaf.add("ben@lukes.example/phone");
  await there.pass(35);
  const message = await conversation.send("K 6.8");
  await there.until(async () => (await message.status()) === "sent");
  // Ben comes back, and speaks of what was said before his new certificate.
  there.deaf.clear();
  await there.pass(0.2);
  const received = ben.conversation(conversation.id) as Conversation;
  await there.until(async () => (await received.messages()).length === 1);
  await (await received.messages())[0]?.acknowledge();
  await there.until(async () => (await message.status()) === "acknowledged");
  const [sent = message] = await conversation.messages();
  const verdict = verifyEvidence(await conversation.evidence(sent), { judge: there.authority });
  expect(verdict).toMatchObject({ holds: true, finding: { isVerified: true } });
  await there.close();
});

describe("evidence of devices with certificates", () => {
  test("holds, with every name verified, by the roots alone", () => {
    const verdict = verifyEvidence(evidence, { judge: here.authority });
    expect(verdict).toMatchObject({ holds: true, finding: { isVerified: true } });
    if (!verdict.holds) return;
    expect(verdict.finding.signed.map(({ type, by }) => `${by.person} ${type}`)).toEqual(
      expect.arrayContaining(["ada@mercy.example message", "ben@lukes.example acknowledged"]),
    );
  });

  test("holds for nobody who trusts others", () => {
    const other = new Organisation("lukes.example", { seed: "other" });
    const judge = x509Authority({
      organisations: [
        { domains: ["mercy.example"], roots: [here.mercy.root] },
        { domains: ["lukes.example"], roots: [other.root] },
      ],
    });
    expect(verifyEvidence(evidence, { judge })).toMatchObject({ holds: false, code: "credential" });
    expect(verifyEvidence(evidence)).toMatchObject({ holds: false, code: "credential" });
  });

  test("is verified on the command line with files of roots", async () => {
    const trust = ["--trust", "mercy.example=mercy.pem", "--trust", "lukes.example=lukes.pem"];
    const { status, out } = await readback("verify", "message.evidence", ...trust);
    expect(status).toBe(0);
    expect(out).toMatch(/^HOLDS\.\n/);
    const swapped = ["--trust", "mercy.example=lukes.pem", "--trust", "lukes.example=mercy.pem"];
    expect(await readback("verify", "message.evidence", ...swapped)).toMatchObject({ status: 1 });
    expect(await readback("verify", "message.evidence")).toMatchObject({ status: 1 });
  });

  test.each([
    "mercy.example",
    "mercy.example=",
    "Mercy.example=mercy.pem",
    "mercy.example=message.evidence",
    "mercy.example=no",
  ])("is not judged with --trust %s", async (text) => {
    const { status, out, error } = await readback("verify", "message.evidence", "--trust", text);
    expect({ status, out }).toEqual({ status: 2, out: "" });
    expect(error).not.toBe("");
  });
});

function readback(...args: string[]): Promise<{ status: number; out: string; error: string }> {
  const program = join(root, "packages/org/dist/cli.js");
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ["--no-warnings", program, ...args],
      { cwd: folder },
      (failure, out, error) => {
        resolve({ status: typeof failure?.code === "number" ? failure.code : 0, out, error });
      },
    );
  });
}
