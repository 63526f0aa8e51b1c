#!/usr/bin/env node
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { nativeSignatures } from "./native-signatures.ts";
import { report } from "./report.ts";
import { verifyEvidence } from "./verify/verify-evidence.ts";

const usage = `readback verify FILE [--json]

  Says what an evidence file proves, or what in it does not hold. Needs no network.

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
  const verdict = verifyEvidence(bytes, values.pure ? {} : { verifySignature: nativeSignatures });
  process.stdout.write(values.json ? `${JSON.stringify(verdict, undefined, 2)}\n` : report(verdict));
  return verdict.holds ? 0 : 1;
}

function parse(args: readonly string[]) {
  const flag = { type: "boolean", default: false } as const;
  try {
    const options = { json: flag, pure: flag, help: flag };
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(`${messageOf(error)}\n\n${usage}`);
  }
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
