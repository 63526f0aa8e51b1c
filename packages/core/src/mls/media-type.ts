import { decode, type Reader } from "../codec/reader.ts";
import { fromUtf8, utf8 } from "../codec/utf8.ts";
import { encode, type Writer } from "../codec/writer.ts";
import { ReadbackError } from "../error.ts";
import { mostExtensions } from "./limits.ts";

/** A media type with its parameters, none of them quoted (draft-ietf-mls-extensions §6.2.2). */
export interface MediaType {
  /** For instance `text/plain`; empty in a message for the first one that the group names. */
  readonly type: string;
  readonly parameters: readonly { readonly name: string; readonly value: string }[];
}

/** Application data that says what it is (draft-ietf-mls-extensions §6.2.4). */
export interface ApplicationFraming {
  readonly mediaType: MediaType;
  readonly content: Uint8Array;
}

/** The data of the component `content_media_types`: what a leaf can read, or what a group asks all to read. */
export function encodeMediaTypes(types: readonly MediaType[]): Uint8Array {
  return encode((writer) => writer.list(types, writeMediaType), undefined);
}

/** Decodes the data of `content_media_types`. Throws `malformed` where it is empty, among others, or `too-large`. */
export function decodeMediaTypes(data: Uint8Array): MediaType[] {
  const types = decode((reader) => reader.list(readMediaType, mostExtensions), data);
  if (types.length === 0) throw new ReadbackError("malformed", "A list of media types is empty.");
  return types;
}

/** Application data for a group whose context has the component `content_media_types`. */
export function encodeApplicationFraming({ mediaType, content }: ApplicationFraming): Uint8Array {
  return encode((writer) => {
    writeMediaType(writer, mediaType);
    writer.bytes(content);
  }, undefined);
}

/** Decodes such application data. Throws `malformed` or `too-large`. */
export function decodeApplicationFraming(data: Uint8Array): ApplicationFraming {
  return decode((reader) => ({ mediaType: readMediaType(reader), content: reader.bytes() }), data);
}

function writeMediaType(writer: Writer, { type, parameters }: MediaType): void {
  writer.bytes(utf8(type));
  writer.list(parameters, (w, { name, value }) => w.bytes(utf8(name)).bytes(utf8(value)));
}

function readMediaType(reader: Reader): MediaType {
  const text = (r: Reader): string => fromUtf8(r.bytes());
  return {
    type: text(reader),
    parameters: reader.list((r) => ({ name: text(r), value: text(r) }), mostExtensions),
  };
}
