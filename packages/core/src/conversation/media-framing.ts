import { decode, type Reader } from "../codec/reader.ts";
import { fromUtf8, utf8 } from "../codec/utf8.ts";
import { encode, type Writer } from "../codec/writer.ts";
import { ReadbackError } from "../error.ts";

const maximumNameSize = 255;
const maximumParameters = 8;
const typePattern = /^[A-Za-z0-9][\w!#$&^.+-]{0,126}\/[A-Za-z0-9][\w!#$&^.+-]{0,126}$/;
const tokenPattern = /^[\w!#$%&'*.^`|~+-]+$/;
const valuePattern = /^[ -~]*$/;

/** Bytes of one framed content at most (profile RB-1). */
export const maximumContentSize = 65_536;

/** What an MLS application message carries: bytes, and what kind of bytes they are. */
export interface FramedMedia {
  /** For instance `application/mimi-content`; parameters follow as `;name=value`. */
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/** Encodes `ApplicationFraming` (MLS extensions, "Framing of application_data") for a media type without parameters. */
export function encodeFraming(mediaType: string, bytes: Uint8Array): Uint8Array {
  return encode(
    (writer: Writer) => writer.bytes(utf8(mediaType)).bytes(new Uint8Array()).bytes(bytes),
    undefined,
  );
}

/**
 * Decodes `ApplicationFraming`. Throws `too-large` over {@link maximumContentSize}, and `malformed` where the bytes are
 * not framed or do not say what they are: the profile has no default media type.
 */
export function decodeFraming(framed: Uint8Array): FramedMedia {
  if (framed.length > maximumContentSize)
    throw new ReadbackError("too-large", "Content is larger than 64 KiB.");
  return decode(
    (reader) => ({ mediaType: readMediaType(reader), bytes: reader.bytes(undefined, "view") }),
    framed,
  );
}

/** The bytes in what {@link decodeFraming} has taken, without looking at their kind again. */
export function framedBytes(framed: Uint8Array): Uint8Array {
  return decode((reader) => {
    reader.bytes(undefined, "view");
    reader.bytes(undefined, "view");
    return reader.bytes(undefined, "view");
  }, framed);
}

function readMediaType(reader: Reader): string {
  const type = readMatching(reader, typePattern);
  const parameters = reader.list(
    (item) => `;${readMatching(item, tokenPattern)}=${readMatching(item, valuePattern)}`,
    maximumParameters,
  );
  return type + parameters.join("");
}

function readMatching(reader: Reader, pattern: RegExp): string {
  const text = fromUtf8(reader.bytes(maximumNameSize, "view"));
  if (!pattern.test(text)) throw new ReadbackError("malformed", "A media type does not follow its grammar.");
  return text;
}
