import { parseArgs } from "node:util";
import { ReadbackError } from "@readback/core/wire";
import { completeLimits, defaultLimits, type Rate, type RelayLimits } from "./limits.ts";
import { checkRelayName } from "./relay-name.ts";

/** What the command line asks for. */
export interface CommandLine {
  readonly port: number;
  readonly host: string;
  /** The database file. */
  readonly data: string;
  /** The relay's name. */
  readonly name: string;
  /** How long payloads of messages are kept, milliseconds. */
  readonly retention: number;
  readonly limits: Partial<RelayLimits>;
  /** Whose devices are let in, each as `trustedOrganisation` takes it; with none, anybody who says a name. */
  readonly trust: readonly string[];
  readonly help: boolean;
}

/** What `--help` prints. */
export const usage = `readback-relay: keeps encrypted conversations in order and hands them out

  --port NUMBER       the TCP port to listen on, 0 for any that is free (default: 8080)
  --host ADDRESS      the address to listen on (default: 127.0.0.1, for a proxy that does the TLS)
  --data FILE         the SQLite file that holds everything (default: relay.db)
  --name NAME         the relay's name in its logs: keep it for good (default: relay.example)
  --retention DAYS    how long what was said is kept for devices that are away, or "forever" (default: 30)
  --trust DOMAINS=FILE  lets in devices that an organisation vouches for: its domains, with commas in between, and a
                      PEM file with its root certificates; without any, every device is believed what it says its name
                      is, which is for development
  --limit NAME=VALUE  changes a limit; a rate is written BURST/PER-MINUTE, as in sends=100/1200
  --help              prints this

Prints one line of JSON with the port once it listens. SIGTERM or SIGINT lets it finish what is under way.
`;

/** Reads the command line. Throws `invalid-argument` with a message for whoever wrote it. */
export function readCommandLine(args: readonly string[]): CommandLine {
  const { values } = parse(args);
  const port = Number(values.port);
  if (!/^[0-9]{1,5}$/.test(values.port) || port > 65_535)
    throw wrong("--port takes a number from 0 to 65535.");
  if (values.data === "") throw wrong("--data takes the name of a file.");
  checkRelayName(values.name);
  const retention = readRetention(values.retention);
  const limits = Object.fromEntries((values.limit ?? []).map(readLimit));
  completeLimits(limits);
  const { host, data, name, trust = [], help } = values;
  return { port, host, data, name, retention, limits, trust, help };
}

function parse(args: readonly string[]) {
  const text = (value: string) => ({ type: "string", default: value }) as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        port: text("8080"),
        host: text("127.0.0.1"),
        data: text("relay.db"),
        name: text("relay.example"),
        retention: text("30"),
        limit: { type: "string", multiple: true },
        trust: { type: "string", multiple: true },
        help: { type: "boolean", default: false },
      },
    });
  } catch (cause) {
    throw new ReadbackError("invalid-argument", cause instanceof Error ? cause.message : usage, { cause });
  }
}

function readRetention(text: string): number {
  if (text === "forever") return Number.POSITIVE_INFINITY;
  if (!/^[1-9][0-9]{0,4}$/.test(text))
    throw wrong('--retention takes a number of days from 1, or "forever".');
  return Number(text) * 86_400_000;
}

function readLimit(text: string): [string, number | Rate] {
  const [, name = "", first, second] = /^(\w+)=([0-9]+)(?:\/([0-9]+))?$/.exec(text) ?? [];
  const isRate = second !== undefined;
  const known = Object.hasOwn(defaultLimits, name) ? defaultLimits[name as keyof RelayLimits] : undefined;
  if (known === undefined || (typeof known === "object") !== isRate) {
    throw wrong(
      `--limit takes one of these, rates as BURST/PER-MINUTE: ${Object.keys(defaultLimits).join(", ")}`,
    );
  }
  return [name, isRate ? { burst: Number(first), perMinute: Number(second) } : Number(first)];
}

function wrong(message: string): ReadbackError {
  return new ReadbackError("invalid-argument", message);
}
