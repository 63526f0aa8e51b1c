import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createClient, type Identity, memoryStorage, unsafeDevelopmentIdentity } from "@readback/core";
import { webSocketTransport } from "@readback/transport-ws";
import { certificateToPem, x509Authority, x509Identity } from "@readback/x509";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Organisation } from "../packages/x509/test/organisation.ts";
import { buildIfStale } from "./build.ts";
import { packages, readText, root } from "./repository.ts";

const relay = packages().find(({ manifest }) => manifest.name === "@readback/relay");
const program = join(root, relay?.folder ?? "", relay?.manifest.bin?.["readback-relay"] ?? "");
const folder = mkdtempSync(join(tmpdir(), "readback-program-"));

beforeAll(() => {
  for (const name of ["core", "x509", "transport-ws", "relay"]) buildIfStale(`packages/${name}`);
}, 180_000);
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the program as it is published, to its end. */
function run(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--no-warnings", program, ...args], {
    cwd: folder,
    encoding: "utf8",
    timeout: 60_000,
  });
  return { status, stdout, stderr };
}

async function start(
  database: string,
  ...more: string[]
): Promise<{ child: ChildProcess; port: number; log: string[] }> {
  const args = ["--no-warnings", program, "--port", "0", "--data", database, ...more];
  const child = spawn(process.execPath, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  const log: string[] = [];
  child.stderr.setEncoding("utf8").on("data", (text: string) => log.push(text));
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  return { child, port: (JSON.parse(line) as { port: number }).port, log };
}

const openClient = (port: number, identity?: Identity) => async (person: string) => {
  const client = await createClient({
    identity: identity ?? unsafeDevelopmentIdentity({ person }),
    transport: webSocketTransport(`ws://127.0.0.1:${port}`),
    storage: memoryStorage(),
    storeKey: new Uint8Array(32).fill(1),
  });
  await client.online();
  return client;
};

describe("readback-relay as it is published", () => {
  test("can be run as a program", () => {
    expect(readText(program.slice(root.length + 1)).split("\n")[0]).toBe("#!/usr/bin/env node");
  });

  test("prints how it is used, and makes no file", { timeout: 60_000 }, () => {
    const { status, stdout, stderr } = run("--help");
    expect([status, stderr]).toEqual([0, ""]);
    for (const option of ["--port", "--data", "--name", "--limit", "--trust"])
      expect(stdout).toContain(option);
    expect(existsSync(join(folder, "relay.db"))).toBe(false);
  });

  test.each([["--port", "65536"], ["--nonsense"]])(
    "refuses %s %s with status 2 and one line",
    { timeout: 60_000 },
    (...args) => {
      const { status, stdout, stderr } = run(...args);
      expect([status, stdout]).toEqual([2, ""]);
      expect(stderr).toMatch(/^readback-relay: [^\n]+\n$/);
      expect(existsSync(join(folder, "relay.db"))).toBe(false);
    },
  );

  test("ends with status 1 where the file or the port cannot be had", { timeout: 60_000 }, async () => {
    const missing = run("--port", "0", "--data", join(folder, "no", "relay.db"));
    expect([missing.status, missing.stdout]).toEqual([1, ""]);
    const { child, port } = await start("first.db");
    const second = run("--port", "0", "--data", "first.db");
    expect([second.status, second.stdout]).toEqual([1, ""]);
    expect(second.stderr).toContain("Another process holds the database");
    const taken = run("--port", `${port}`, "--data", "other.db");
    expect([taken.status, taken.stdout]).toEqual([1, ""]);
    expect(taken.stderr).toContain("The port cannot be listened on");
    child.kill("SIGKILL");
    await once(child, "exit");
  });

  test("lets in devices with certificates and no others, where it is told whom to trust", {
    timeout: 60_000,
  }, async () => {
    const now = Date.now();
    const life = { from: now - 60_000, until: now + 86_400_000 };
    const mercy = new Organisation("mercy.example", { life });
    writeFileSync(join(folder, "mercy.pem"), certificateToPem(mercy.root));
    const missing = run("--port", "0", "--data", "trusting.db", "--trust", "mercy.example=nothing.pem");
    expect([missing.status, existsSync(join(folder, "trusting.db"))]).toEqual([1, false]);
    expect(run("--data", "trusting.db", "--trust", "mercy.pem")).toMatchObject({ status: 2, stdout: "" });
    const { child, port, log } = await start("trusting.db", "--trust", "mercy.example=mercy.pem");
    const authority = x509Authority({
      organisations: [{ domains: ["mercy.example"], roots: [mercy.root] }],
    });
    const name = { person: "ada@mercy.example", device: "phone" };
    const identity = x509Identity({
      ...name,
      authority,
      enrol: ({ signaturePublicKey: publicKey, suite }) =>
        mercy.enrol("ada@mercy.example/phone", { suite, publicKey, privateKey: new Uint8Array() }, life),
    });
    const ada = await openClient(port, identity)(name.person);
    expect(ada.connection).toBe("online");
    const nobody = await createClient({
      identity: unsafeDevelopmentIdentity({ person: "eve@mercy.example" }),
      transport: webSocketTransport(`ws://127.0.0.1:${port}`),
      storage: memoryStorage(),
    });
    const refused = new Promise((resolve) => nobody.on("error", ({ error }) => resolve(error.code)));
    expect(await refused).toBe("login-refused");
    expect(log.join("")).not.toContain("development-identities");
    await Promise.all([ada.close(), nobody.close()]);
    child.kill("SIGTERM");
    await once(child, "exit");
  });

  test("serves clients, and drains on SIGTERM", { timeout: 60_000 }, async () => {
    const { child, port, log } = await start("served.db");
    const [ada, ben] = await Promise.all(["ada@mercy.example", "ben@lukes.example"].map(openClient(port)));
    const conversation = await ada?.open({ members: ["ben@lukes.example"] });
    await (await conversation?.send("kept"))?.reached("sent");
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
    expect(log.join("")).toContain('"event":"drained"');
    await Promise.all([ada?.close(), ben?.close()]);
    // Nothing is left beside the file: the log was written into it.
    expect([existsSync(join(folder, "served.db")), existsSync(join(folder, "served.db-wal"))]).toEqual([
      true,
      false,
    ]);
  });
});
