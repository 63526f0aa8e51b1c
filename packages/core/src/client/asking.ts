import { type CriticalValue, canonicalValue } from "../conversation/critical-value.ts";
import { presentPersons } from "../conversation/members.ts";
import type { EscalationStep, Request, RequestMode } from "../conversation/request.ts";
import { ReadbackError } from "../error.ts";
import type { ConversationRuntime } from "./conversation-runtime.ts";

/** What a message asks of others. */
export interface RequestOptions {
  /** What answers it; `read-back` where there are values, `acknowledge` unless given. */
  readonly mode?: RequestMode;
  /** Who is asked: all of these, or any one of them. Everybody else in the conversation unless given. */
  readonly of?: readonly string[] | { readonly anyOf: readonly string[] };
  /** What has to be read back, 1 to 32 fields; only with `read-back`. */
  readonly values?: readonly CriticalValue[];
  /** Who is asked too where nobody has answered after some time, ascending by time; at most 8 steps. */
  readonly escalation?: readonly EscalationStep[];
}

/**
 * The request that goes out. Throws `unknown-recipient` where somebody who is asked from the beginning is no member, and
 * `invalid-argument` where the author is asked.
 */
export function requestFrom(runtime: ConversationRuntime, options: RequestOptions): Request {
  const { of = [], values = [], escalation = [] } = options;
  const { mode = values.length > 0 ? "read-back" : "acknowledge" } = options;
  const any = "anyOf" in of;
  const persons = any ? of.anyOf : of;
  const members = presentPersons(runtime.state);
  const { person: self } = runtime.self;
  if (!persons.every((person) => members.includes(person)))
    throw new ReadbackError("unknown-recipient", "Somebody who is asked is no member.");
  if ([...persons, ...escalation.flatMap(({ to }) => to)].includes(self))
    throw new ReadbackError("invalid-argument", "Nobody can ask themselves.");
  return { mode, of: persons, any, values: values.map(canonicalValue), escalation };
}
