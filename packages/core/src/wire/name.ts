import type { Reader } from "../codec/reader.ts";
import { fromUtf8, utf8 } from "../codec/utf8.ts";
import type { Writer } from "../codec/writer.ts";
import { ReadbackError } from "../error.ts";
import { maximumNameSize } from "./limits.ts";

/** Encodes the name of a person, device or relay as UTF-8. Throws `too-large` over {@link maximumNameSize} bytes. */
export function writeName(writer: Writer, name: string): void {
  const bytes = utf8(name);
  if (bytes.length > maximumNameSize) throw new ReadbackError("too-large", "A name is longer than allowed.");
  writer.bytes(bytes);
}

/** Decodes a name. Throws `malformed` or `too-large`. */
export function readName(reader: Reader): string {
  return fromUtf8(reader.bytes(maximumNameSize));
}
