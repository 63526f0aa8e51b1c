#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { trustedOrganisation, x509Authority } from "@readback/x509";
import { nativeSignatures } from "./native-signatures.ts";
import { report } from "./report.ts";
import { verifyEvidence } from "./verify/verify-evidence.ts";

const usage = `readback verify FILE [--trust DOMAINS=ROOTS]... [--json]

  Says what an evidence file proves, or what in it does not hold. Needs no network.

  --trust DOMAINS=ROOTS
          judges certificates: the domains of an organisation, with commas in between, and a PEM file with its roots;
          without any, a file with certificates does not hold
  --json  prints the verdict for machines: times are milliseconds since 1970 in UTC
  --pure  checks signatures in plain JavaScript instead of with node:crypto
  --help  prints this

  Ends with status 0 where the file holds, 1 where it does not, 2 where it was not judged.
`;

/** What went wrong before anything was judged. */
class UsageError extends Error {}

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args);
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  const [command, file, ...rest] = positionals;
  if (command !== "verify" || file === undefined || rest.length > 0) throw new UsageError(usage);
  const bytes = await readFile(file).catch((error: unknown) => {
    throw new UsageError(`The file cannot be read: ${messageOf(error)}\n`);
  });
  const trust = (values.trust ?? []).map((text) => trustedOrganisation(text, readText));
  const verdict = verifyEvidence(bytes, {
    ...(values.pure ? {} : { verifySignature: nativeSignatures }),
    ...(trust.length === 0 ? {} : { judge: x509Authority({ organisations: trust }) }),
  });
  process.stdout.write(values.json ? `${JSON.stringify(verdict, undefined, 2)}\n` : report(verdict));
  return verdict.holds ? 0 : 1;
}

function parse(args: readonly string[]) {
  const flag = { type: "boolean", default: false } as const;
  try {
    const trust = { type: "string", multiple: true } as const;
    const options = { json: flag, pure: flag, trust, help: flag };
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(`${messageOf(error)}\n\n${usage}`);
  }
}

function readText(path: string): string {
  return readFileSync(path, "utf8");
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  process.stderr.write(messageOf(error));
  process.exitCode = 2;
}
