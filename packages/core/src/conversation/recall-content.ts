import type { CborKey, CborValue } from "../codec/cbor.ts";
import { utf8 } from "../codec/utf8.ts";
import type { Details } from "./content-details.ts";
import { broken, type FieldCode } from "./content-field.ts";
import type { MessageId } from "./message-id.ts";

/** The last version of a message: its author takes it back (MIMI content, "Delete"). What it said stays in the record. */
export interface RecallContent {
  readonly type: "recall";
  /** The first version of the message. */
  readonly replaces: MessageId;
  readonly inReplyTo?: MessageId;
  /** `rb.w`: why, in words: 1 to 1,024 bytes in UTF-8. */
  readonly reason?: string;
  /** 16 random bytes. */
  readonly salt: Uint8Array;
  readonly details: Details;
}

const key = "rb.w";
const maximumReasonSize = 1_024;

/** The reason as a MIMI extension. Throws `invalid-argument`. */
export function writeReason({ reason }: RecallContent): [CborKey, CborValue][] {
  return reason === undefined ? [] : [[key, checkReason(reason, "invalid-argument")]];
}

/** The reason from the MIMI extensions. Throws `malformed`. */
export function readReason(extensions: ReadonlyMap<CborKey, CborValue>): Pick<RecallContent, "reason"> {
  const reason = extensions.get(key);
  return reason === undefined ? {} : { reason: checkReason(reason, "malformed") };
}

function checkReason(reason: CborValue, code: FieldCode): string {
  // A text has at least as many bytes as UTF-16 units, so an absurdly long one costs no encoding.
  const isText = typeof reason === "string" && reason !== "" && reason.length <= maximumReasonSize;
  if (!isText || utf8(reason).length > maximumReasonSize) throw broken(code);
  return reason;
}
