import { type CborValue, encodeCbor } from "../codec/cbor.ts";
import { arrayOf, broken, type FieldCode, naturalFrom } from "./content-field.ts";
import { type CriticalValue, readValues, writeValues } from "./critical-value.ts";
import { isPerson } from "./identity.ts";

/**
 * What answers a request. `seen`: that it was displayed; `acknowledge`: a person's word; `accept-decline`: a decision;
 * `read-back`: its values repeated without a mistake, and confirmed by who asked.
 */
export type RequestMode = "seen" | "acknowledge" | "accept-decline" | "read-back";

/** One step of an escalation. */
export interface EscalationStep {
  /** Milliseconds after the relay has accepted the message. */
  readonly after: number;
  /** Who is asked too from then on; one of them is enough. */
  readonly to: readonly string[];
}

/** What the author of a message asks for, signed with it (profile RB-1, `rb.r`). */
export interface Request {
  readonly mode: RequestMode;
  /** Who is asked; nobody named means everybody else who was a member when the message was accepted. */
  readonly of: readonly string[];
  /** Whether one of them is enough. */
  readonly any: boolean;
  /** What has to be read back; only with `read-back`, and then at least one. */
  readonly values: readonly CriticalValue[];
  /** Ascending by time; at most 8. */
  readonly escalation: readonly EscalationStep[];
}

const modes: readonly RequestMode[] = ["seen", "acknowledge", "accept-decline", "read-back"];
const maximumPersons = 64;
const maximumSteps = 8;
/** Thirty days: what is to happen later than that is not a matter of escalating a message. */
const longestDelay = 2_592_000_000;

/** The encoded form of a request. Throws `invalid-argument` where {@link readRequest} would refuse it. */
export function writeRequest({ mode, of, any, values, escalation }: Request): CborValue {
  const form = [modes.indexOf(mode), any, [...of], writeValues(values), writeSteps(escalation)];
  if (readRequest(form, "invalid-argument") === undefined) throw broken("invalid-argument");
  return form;
}

/** The plan of escalation of a request, to be compared with another. */
export function encodePlan({ escalation }: Request): Uint8Array {
  return encodeCbor(writeSteps(escalation));
}

function writeSteps(steps: readonly EscalationStep[]): CborValue {
  return steps.map(({ after, to }) => [after, ...to]);
}

/** A request from its encoded form; `undefined` where it asks for something that this version does not know. */
export function readRequest(form: CborValue, code: FieldCode = "malformed"): Request | undefined {
  const [number, any, of, list, steps] = arrayOf(form, 5);
  const mode = modes[naturalFrom(0, number, code)];
  if (typeof any !== "boolean" || !Array.isArray(steps) || steps.length > maximumSteps) throw broken(code);
  const values = readValues(list, code);
  if (mode !== undefined && (mode === "read-back") !== values.length > 0) throw broken(code);
  let before = 0;
  const escalation = steps.map((item: CborValue): EscalationStep => {
    if (!Array.isArray(item) || item.length < 2) throw broken(code);
    const after = naturalFrom(before + 1, item[0], code);
    if (after > longestDelay) throw broken(code);
    before = after;
    return { after, to: personsOf(item.slice(1), code) };
  });
  return mode && { mode, of: personsOf(of, code), any, values, escalation };
}

function personsOf(list: CborValue | undefined, code: FieldCode): string[] {
  if (!Array.isArray(list) || list.length > maximumPersons) throw broken(code);
  if (!list.every((item): item is string => typeof item === "string" && isPerson(item))) throw broken(code);
  if (new Set(list).size < list.length) throw broken(code);
  return list;
}
