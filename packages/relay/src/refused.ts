import type { Answer, RefusalCode } from "@readback/core/wire";

/** The answer that says no. */
export function refused(code: RefusalCode): Extract<Answer, { type: "refused" }> {
  return { type: "refused", code };
}
