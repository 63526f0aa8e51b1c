import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** Where pages ask for a listener. */
    transportPeer: string;
  }
}

/** Before tests run in the browser: starts the process that listens for them. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const program = fileURLToPath(new URL("browser-peer.ts", import.meta.url));
  const child = spawn(process.execPath, ["--conditions=@readback/source", program], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  const [address] = await Promise.race([
    once(createInterface(child.stdout), "line"),
    ended.then(() => Promise.reject(new Error("the process that listens for the browser has ended"))),
  ]);
  project.provide("transportPeer", address);
  return async () => {
    child.stdin.end();
    await ended;
  };
}
