import type { Reader } from "../codec/reader.ts";
import type { Writer } from "../codec/writer.ts";
import { ReadbackError } from "../error.ts";

/** What a resumption key is used for (RFC 9420 §8.4). */
export type ResumptionUsage = "application" | "reinit" | "branch";

/** Names a pre-shared key and the one use made of it (RFC 9420 §8.4). */
export type PreSharedKeyId =
  /** A key that the application brings; `id` is its name for it. */
  | { readonly type: "external"; readonly id: Uint8Array; readonly nonce: Uint8Array }
  /** The `resumption_psk` of an epoch of a group. */
  | {
      readonly type: "resumption";
      readonly usage: ResumptionUsage;
      readonly groupId: Uint8Array;
      readonly epoch: bigint;
      readonly nonce: Uint8Array;
    }
  /** A key that a component of the application brings (draft-ietf-mls-extensions §4.5). */
  | {
      readonly type: "application";
      /** An unsigned integer of two bytes. */
      readonly componentId: number;
      readonly id: Uint8Array;
      readonly nonce: Uint8Array;
    };

const external = 1;
const resumption = 2;
const application = 3;
const usages: readonly (ResumptionUsage | undefined)[] = [undefined, "application", "reinit", "branch"];

/** Encodes the name of a pre-shared key. */
export function writePreSharedKeyId(writer: Writer, psk: PreSharedKeyId): void {
  if (psk.type === "external") writer.u8(external).bytes(psk.id);
  else if (psk.type === "application") writer.u8(application).u16(psk.componentId).bytes(psk.id);
  else writer.u8(resumption).u8(usages.indexOf(psk.usage)).bytes(psk.groupId).u64(psk.epoch);
  writer.bytes(psk.nonce);
}

/** Decodes the name of a pre-shared key. Throws `malformed`. */
export function readPreSharedKeyId(reader: Reader): PreSharedKeyId {
  const type = reader.u8();
  if (type === external) return { type: "external", id: reader.bytes(), nonce: reader.bytes() };
  if (type === application) {
    return { type: "application", componentId: reader.u16(), id: reader.bytes(), nonce: reader.bytes() };
  }
  if (type !== resumption) throw new ReadbackError("malformed", "A pre-shared key is of an unknown type.");
  const usage = usages[reader.u8()];
  if (usage === undefined) throw new ReadbackError("malformed", "A resumption key has an unknown usage.");
  const groupId = reader.bytes();
  return { type: "resumption", usage, groupId, epoch: reader.u64(), nonce: reader.bytes() };
}
