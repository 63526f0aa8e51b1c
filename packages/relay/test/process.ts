import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { systemClock, systemRandom } from "@readback/core";
import type { CloseReason } from "@readback/core/wire";
import { webSocketTransport } from "@readback/transport-ws";
import type { Surroundings, Wire } from "./world.ts";

const program = join(import.meta.dirname, "../src/cli.ts");

/** A relay as people start it: a process of its own with an SQLite file and a WebSocket. */
export interface RelayProcess extends Surroundings {
  readonly process: ChildProcess;
  /** Everything it has written to its standard error. */
  readonly log: string[];
  /** Sends a signal and resolves with how the process ended. */
  end(signal: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/** Starts one on a free port. Rejects if it ends before it listens. */
export async function startRelay(database: string, ...args: string[]): Promise<RelayProcess> {
  const child = spawn(
    process.execPath,
    ["--conditions=@readback/source", "--no-warnings", program, "--port", "0", "--data", database, ...args],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  const log: string[] = [];
  child.stderr.setEncoding("utf8").on("data", (text: string) => log.push(text));
  const ended = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
  const line = await Promise.race([once(createInterface(child.stdout), "line"), ended]);
  if (typeof line[0] !== "string") throw new Error(`the relay ended at once: ${log.join("")}`);
  const { port } = JSON.parse(line[0]) as { port: number };
  return {
    process: child,
    log,
    clock: systemClock,
    random: systemRandom,
    connect: (handler) => connect(port, handler),
    end: async (signal) => {
      child.kill(signal);
      const [code, killer] = await ended;
      return { code, signal: killer };
    },
  };
}

async function connect(port: number, { onFrame }: Parameters<Surroundings["connect"]>[0]): Promise<Wire> {
  let settle: (reason: CloseReason) => void = () => {};
  let isClosed = false;
  const closed = new Promise<CloseReason>((resolve) => {
    settle = resolve;
  });
  const onClose = (reason: CloseReason): void => {
    isClosed = true;
    settle(reason);
  };
  const transport = webSocketTransport(`ws://127.0.0.1:${port}`);
  const connection = await transport.connect({ onFrame, onClose }, new AbortController().signal);
  return {
    send: (frame) => connection.send(frame).catch(() => {}),
    close: () => connection.close(),
    closed,
    get isClosed() {
      return isClosed;
    },
    stall: () => {},
    resume: () => {},
  };
}
