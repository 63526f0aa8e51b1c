/**
 * Verifies evidence files, offline: what a message said, who could read it, and what became of it, by what devices and
 * the relay have signed. It shares no code with `@readback/core`: all that decides is in `src/verify/`, at most 600
 * lines over noble, to be read in an hour.
 *
 * ```ts
 * import { report, verifyEvidence } from "@readback/org/verify";
 *
 * const verdict = verifyEvidence(Uint8Array.of(0xa0));
 * console.log(verdict.holds, report(verdict));
 * ```
 *
 * On the command line: `npx readback verify FILE`.
 *
 * @packageDocumentation
 */
export { report } from "./report.ts";
export type {
  Credential,
  CredentialJudge,
  Device,
  DeviceName,
  Finding,
  RefusalCode,
  Said,
  Signed,
  Verdict,
  VerifyOptions,
  VerifySignature,
} from "./verdict.ts";
export { verifyEvidence } from "./verify/verify-evidence.ts";
