import { sameBytes } from "../codec/bytes.ts";
import type { MessageId } from "./message-id.ts";
import { encodePlan, type Request } from "./request.ts";

/** A version of the message: as it was first said, then its edits in the order of the log. */
export interface LoopVersion {
  readonly seq: number;
  readonly id: MessageId;
  /** When the relay accepted it, milliseconds. */
  readonly at: number;
  /** An edit without a request keeps the one before it, and then the deadline too unless it sets another. */
  readonly request: Request | undefined;
  readonly deadline: number | undefined;
  /** Whether its author takes the message back with it: no version after it counts. */
  readonly isRecall: boolean;
}

/** What is asked for at some place in the log. */
export interface Asked {
  readonly version: LoopVersion;
  readonly request: Request;
  readonly deadline: number | undefined;
  readonly origin: LoopVersion;
  readonly isRecalled: boolean;
}

/** What the versions before a place ask for, or `undefined` where that is nothing. */
export function askedAt(versions: readonly LoopVersion[], seq: number): Asked | undefined {
  let asked: Asked | undefined;
  for (const version of versions) {
    if (version.seq >= seq) break;
    if (version.isRecall) return asked && { ...asked, isRecalled: true };
    const { request = asked?.request, deadline } = version;
    if (request === undefined) continue;
    const isKept = version.request === undefined;
    asked = {
      version,
      request,
      deadline: deadline ?? (isKept ? asked?.deadline : undefined),
      // Whoever says the same plan again changes nothing about when its steps are due.
      origin: asked && isSamePlan(asked.request, request) ? asked.origin : version,
      isRecalled: false,
    };
  }
  return asked;
}

function isSamePlan(one: Request, other: Request): boolean {
  return sameBytes(encodePlan(one), encodePlan(other));
}
