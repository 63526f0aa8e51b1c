#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { systemClock, systemRandom, unsafeDevelopmentAuthority } from "@readback/core";
import { hasCode, type Logger } from "@readback/core/wire";
import { serveWebSocket, type WebSocketListener } from "@readback/transport-ws/server";
import { trustedOrganisation, type X509Authority, x509Authority } from "@readback/x509";
import { readCommandLine, usage } from "./command-line.ts";
import { createRelay } from "./relay.ts";
import { sqliteRelayStore } from "./sqlite.ts";
import { startOver } from "./young-generation.ts";

const logger: Logger = (entry) => void process.stderr.write(`${JSON.stringify(entry)}\n`);

async function run(args: readonly string[]): Promise<void> {
  const { port, host, data, name, retention, limits, trust, help } = readCommandLine(args);
  if (help) {
    process.stdout.write(usage);
    return;
  }
  const authority = authorityFor(trust);
  startOver(process);
  const store = sqliteRelayStore(data);
  const relay = await createRelay({
    name,
    store,
    authority: authority ?? unsafeDevelopmentAuthority(),
    clock: systemClock,
    random: systemRandom,
    logger,
    retention,
    limits,
  });
  let listener: WebSocketListener | undefined;
  const end = async (): Promise<void> => {
    await relay.close();
    await listener?.close();
    await store.close();
  };
  try {
    listener = await serveWebSocket({ port, host, accept: relay.accept, logger });
  } catch (error) {
    // What the relay still has to do now and then would keep the process.
    await end();
    throw error;
  }
  if (authority === undefined) logger({ level: "warn", event: "development-identities" });
  process.stdout.write(`${JSON.stringify({ event: "listening", port: listener.port })}\n`);

  const stop = async (): Promise<void> => {
    await end();
    logger({ level: "info", event: "drained" });
  };
  const onSignal = (): void => {
    // A second signal is for those who cannot wait: by default it ends the process.
    for (const signal of signals) process.off(signal, onSignal);
    stop().catch(fail);
  };
  for (const signal of signals) process.on(signal, onSignal);
}

/** Judges certificates, where somebody is trusted to issue them. */
function authorityFor(trust: readonly string[]): X509Authority | undefined {
  if (trust.length === 0) return undefined;
  return x509Authority({
    organisations: trust.map((text) => trustedOrganisation(text, (path) => readFileSync(path, "utf8"))),
  });
}

const signals = ["SIGTERM", "SIGINT"] as const;

function fail(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`readback-relay: ${message}\n`);
  process.exitCode = hasCode(error, "invalid-argument") ? 2 : 1;
}

run(process.argv.slice(2)).catch(fail);
