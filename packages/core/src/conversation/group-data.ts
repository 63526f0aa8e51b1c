import { sameBytes } from "../codec/bytes.ts";
import { decode } from "../codec/reader.ts";
import { fromUtf8, utf8 } from "../codec/utf8.ts";
import { encode, type Writer } from "../codec/writer.ts";
import { hasCode, ReadbackError } from "../error.ts";
import { type Extension, readAppDataDictionary, writeAppDataDictionary } from "../mls/extension.ts";
import { type LogHead, readLogHead, writeLogHead } from "../wire/entry.ts";
import { maximumNameSize } from "../wire/limits.ts";
import { readName, writeName } from "../wire/name.ts";
import type { Hub } from "./state.ts";

/** The private component that binds a group to the relay that keeps its log (in the GroupContext, so every signature covers it). */
export const hubComponent = 0x8001;

/** The private component that tells joiners what the conversation is about (in the GroupInfo of a Welcome, which relays cannot read). */
export const subjectComponent = 0x8002;

/**
 * The private component that names the conversation which a group goes on with, by the signed end of its log as far as
 * the mover has it (in the GroupContext, so every signature covers it).
 */
export const continuedComponent = 0x8003;

const maximumSubjectSize = 1_024;

/** The GroupContext extension that names the hub and, where there is one, the conversation that the group goes on with. */
export function hubExtension(hub: Hub, continues?: LogHead): Extension {
  const data = encode((writer: Writer) => {
    writeName(writer, hub.relay);
    writer.bytes(hub.logKey);
  }, undefined);
  const components = new Map([[hubComponent, data]]);
  if (continues !== undefined) components.set(continuedComponent, encode(writeLogHead, continues));
  return writeAppDataDictionary(components);
}

/** The hub that a GroupContext names. Throws `malformed` where it names none. */
export function hubOf(extensions: readonly Extension[]): Hub {
  const data = componentOf(extensions, hubComponent);
  if (data === undefined)
    throw new ReadbackError("malformed", "A group does not name the relay that keeps its log.");
  return decode((reader) => ({ relay: readName(reader), logKey: reader.bytes(maximumNameSize) }), data);
}

/** Whether a GroupContext, or what shall become one, names this hub. Never throws on what somebody sent. */
export function namesHub(extensions: readonly Extension[], { relay, logKey }: Hub): boolean {
  try {
    const named = hubOf(extensions);
    return named.relay === relay && sameBytes(named.logKey, logKey);
  } catch (error) {
    if (hasCode(error, "malformed") || hasCode(error, "too-large")) return false;
    throw error;
  }
}

/** The end of the conversation that a group says it goes on with; nothing is checked. Throws `malformed` or `too-large`. */
export function continuedIn(extensions: readonly Extension[]): LogHead | undefined {
  const data = componentOf(extensions, continuedComponent);
  return data && decode(readLogHead, data);
}

/** The GroupInfo extension that carries the subject to joiners. Throws `text-too-long` over 1,024 bytes. */
export function subjectExtension(subject: string): Extension {
  const data = utf8(subject);
  if (data.length > maximumSubjectSize)
    throw new ReadbackError("text-too-long", "A subject is at most 1,024 bytes long.");
  return writeAppDataDictionary(new Map([[subjectComponent, data]]));
}

/** The subject that a GroupInfo carries; empty where it carries none. Throws `malformed`. */
export function subjectOf(extensions: readonly Extension[]): string {
  const data = componentOf(extensions, subjectComponent);
  if (data === undefined) return "";
  if (data.length > maximumSubjectSize)
    throw new ReadbackError("malformed", "A subject is over 1,024 bytes.");
  return fromUtf8(data);
}

function componentOf(extensions: readonly Extension[], component: number): Uint8Array | undefined {
  return readAppDataDictionary(extensions)?.get(component);
}
