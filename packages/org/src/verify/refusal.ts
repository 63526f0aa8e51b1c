import type { RefusalCode } from "../verdict.ts";

/** Thrown inside the verifier only; `verifyEvidence` answers with it. */
export class Refusal extends Error {
  readonly code: RefusalCode;

  constructor(code: RefusalCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Refuses unless something holds. */
export function check(holds: boolean, code: RefusalCode, message: string): asserts holds {
  if (!holds) throw new Refusal(code, message);
}
