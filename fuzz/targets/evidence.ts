import { verifyEvidence } from "@readback/org/verify";
import { sameBytes } from "../../packages/core/src/codec/bytes.ts";
import { consult } from "../../packages/org/test/consult.ts";
import type { Target } from "../target.ts";

let made: Promise<Uint8Array> | undefined;

/** A file that somebody else brings along: one changed byte, and it proves nothing. */
export const evidenceTargets: readonly Target[] = [
  {
    name: "evidence",
    home: "org",
    time: 1_000,
    memory: 2 ** 26,
    // It answers, whatever the bytes are.
    mayRefuse: () => false,
    seeds: async () => [await genuine()],
    take: judgeFile,
  },
];

async function judgeFile(input: Uint8Array): Promise<undefined> {
  const verdict = verifyEvidence(input);
  if (verdict.holds && !sameBytes(input, await genuine())) throw new Error("a changed file holds");
  if (!verdict.holds && verdict.code === "failed") throw new Error("the verifier fails");
  return undefined;
}

function genuine(): Promise<Uint8Array> {
  made ??= consult("fuzz").then(({ conversation, message }) => conversation.evidence(message));
  return made;
}
