import { decode } from "../codec/reader.ts";
import { encode } from "../codec/writer.ts";
import { componentIds } from "./app-component.ts";
import { readAppDataDictionary, readComponents, writeComponents } from "./extension.ts";
import type { GroupContext } from "./group-context.ts";
import { refusal } from "./rule.ts";

// Looking into the dictionary at every message would cost more than reading the message.
const framed = new WeakMap<GroupContext, boolean>();

/** Whether the messages of a group carry their authenticated data by component (draft-ietf-mls-extensions §4.9). */
export function usesSafeAad(context: GroupContext): boolean {
  const known = framed.get(context);
  if (known !== undefined) return known;
  const uses = readAppDataDictionary(context.extensions)?.has(componentIds.safeAad) ?? false;
  framed.set(context, uses);
  return uses;
}

/** Authenticated data by component id, as messages carry it (SafeAAD). The order of the map is of no matter. */
export function encodeSafeAad(items: ReadonlyMap<number, Uint8Array>): Uint8Array {
  return encode(writeComponents, items);
}

/** The authenticated data of each component. Throws `malformed` where ids are not in ascending order, or `too-large`. */
export function decodeSafeAad(authenticatedData: Uint8Array): ReadonlyMap<number, Uint8Array> {
  return decode(readComponents, authenticatedData);
}

/** What a message carries in the clear where its sender gives `data`. Throws `mls-safe-aad`. */
export function authenticatedDataFor(context: GroupContext, data: Uint8Array | undefined): Uint8Array {
  if (data === undefined) return usesSafeAad(context) ? encodeSafeAad(new Map()) : new Uint8Array(0);
  checkAuthenticatedData(context, data);
  return data;
}

/** Throws `mls-safe-aad` where a group carries authenticated data by component, and a message does not. */
export function checkAuthenticatedData(context: GroupContext, data: Uint8Array): void {
  if (!usesSafeAad(context)) return;
  try {
    decodeSafeAad(data);
  } catch (cause) {
    throw refusal("mls-safe-aad", { cause });
  }
}
