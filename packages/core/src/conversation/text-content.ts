import type { CborKey, CborValue } from "../codec/cbor.ts";
import type { Details } from "./content-details.ts";
import { broken, type FieldCode, naturalFrom } from "./content-field.ts";
import type { MessageId } from "./message-id.ts";
import { type Request, readRequest, writeRequest } from "./request.ts";

/** A text that a person wrote. */
export interface TextContent {
  readonly type: "text";
  /** 1 to 16,384 bytes in UTF-8, shown as it is: no mark-up. */
  readonly text: string;
  /** 16 random bytes. */
  readonly salt: Uint8Array;
  readonly inReplyTo?: MessageId;
  /** The first version of the message that this one is a later version of. */
  readonly replaces?: MessageId;
  /** `rb.d`: until when, in milliseconds by the relay's time; not with `fyi`, which wants nothing. */
  readonly deadline?: number;
  /** `rb.r`: what the author asks for. */
  readonly request?: Request;
  readonly details: Details;
}

const key = { deadline: "rb.d", request: "rb.r" } as const;

type Asked = Pick<TextContent, "deadline" | "request">;

/** What a text asks for, as MIMI extensions. Throws `invalid-argument`. */
export function writeAsked({ deadline, request, details }: TextContent): [CborKey, CborValue][] {
  const asked: [CborKey, CborValue][] = [];
  if (deadline !== undefined)
    asked.push([key.deadline, checkDeadline(deadline, details, "invalid-argument")]);
  if (request !== undefined) asked.push([key.request, writeRequest(request)]);
  return asked;
}

/** What a text asks for; `undefined` where that is something this version does not know. Throws `malformed`. */
export function readAsked(
  extensions: ReadonlyMap<CborKey, CborValue>,
  details: Details | undefined,
): Asked | undefined {
  const [deadline, form] = [extensions.get(key.deadline), extensions.get(key.request)];
  const request = form === undefined ? undefined : readRequest(form);
  if (form !== undefined && request === undefined) return undefined;
  return {
    ...(deadline === undefined ? {} : { deadline: checkDeadline(deadline, details, "malformed") }),
    ...(request === undefined ? {} : { request }),
  };
}

function checkDeadline(deadline: CborValue, details: Details | undefined, code: FieldCode): number {
  if (details?.intent === "fyi") throw broken(code);
  return naturalFrom(1, deadline, code);
}
