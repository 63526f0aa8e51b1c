import { describe, expect, test } from "vitest";
import { vectorFile } from "../vectors.ts";
import * as keySchedule from "./vectors/key-schedule.ts";
import * as messageProtection from "./vectors/message-protection.ts";
import * as passiveClient from "./vectors/passive-client.ts";
import * as pskSecret from "./vectors/psk-secret.ts";
import { schemaOf } from "./vectors/schemas.ts";
import * as secretTree from "./vectors/secret-tree.ts";
import type { Runner } from "./vectors/tools.ts";
import * as transcriptHashes from "./vectors/transcript-hashes.ts";
import * as welcome from "./vectors/welcome.ts";
import { codeOf } from "./world.ts";

/** Cases that must pass: those of suites 1, 2 and 3. */
const runners: readonly [file: string, runner: Runner, passed: number][] = [
  ["key-schedule.json", keySchedule, 3],
  ["psk_secret.json", pskSecret, 33],
  ["secret-tree.json", secretTree, 9],
  ["transcript-hashes.json", transcriptHashes, 3],
  ["message-protection.json", messageProtection, 3],
  ["welcome.json", welcome, 3],
  ["passive-client-welcome.json", passiveClient, 24],
  ["passive-client-handling-commit.json", passiveClient, 39],
  ["passive-client-random.json", passiveClient, 1],
];

describe("vectors of keys, messages and groups", () => {
  for (const [name, runner, passed] of runners) {
    const cases = vectorFile(name) as unknown[] | undefined;
    if (cases === undefined) continue;
    test(name, { timeout: 300_000 }, () => {
      expect(cases.every((vector) => schemaOf(vector)?.runner.run === runner.run)).toBe(true);
      const outcomes = cases.map((vector) => runner.run(vector));
      expect(outcomes.filter((outcome) => outcome === "passed").length).toBeGreaterThanOrEqual(passed);
    });
  }

  test("every key package of the passive clients has expired where the time counts", () => {
    const cases = vectorFile("passive-client-welcome.json") as passiveClient.PassiveClientCase[] | undefined;
    for (const vector of cases ?? []) {
      if (vector.cipher_suite > 3) continue;
      const at = (now: number) => codeOf(() => passiveClient.follow(vector, now));
      expect(at(Date.UTC(2026, 10, 1))).toBe("mls-leaf-lifetime");
    }
  });
});
