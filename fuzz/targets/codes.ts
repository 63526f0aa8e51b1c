import { rules } from "../../packages/core/src/mls/rule.ts";

/** The codes of bytes that follow no grammar, or are too many. */
export function isOfGrammar(code: string): boolean {
  return code === "malformed" || code === "too-large";
}

/** Those, and the codes of all rules of RFC 9420. */
export function isOfMls(code: string): boolean {
  return isOfGrammar(code) || code in rules;
}

/** The one code of what was stored and is damaged. */
export function isDamage(code: string): boolean {
  return code === "storage-damaged";
}
