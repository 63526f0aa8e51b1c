import { sameBytes } from "../codec/bytes.ts";
import { decode, type Reader } from "../codec/reader.ts";
import { encode, type Writer } from "../codec/writer.ts";
import { readRecordVersion } from "./message-record.ts";
import { numbered, recordName } from "./record-name.ts";

/** Where in the log the message of an id is. */
export interface MessagePlace {
  /** 32 bytes. */
  readonly id: Uint8Array;
  readonly seq: number;
}

/**
 * A part of the list by which messages are found by their ids, in the order in which they came. One record holds several:
 * a record for each id would lie anywhere in a store, and so cost a page of it with every message. Immutable.
 */
export interface MessagePlaces {
  /** Counts the parts from 0 on. */
  readonly number: number;
  readonly places: readonly MessagePlace[];
}

/** Messages of one part at most. */
const mostPlaces = 64;

/** No message has come yet. */
export const noPlaces: MessagePlaces = { number: 0, places: [] };

/** The parts that are new or longer once `added` have come, given the newest one before; the last is then the newest. */
export function addPlaces(newest: MessagePlaces, added: readonly MessagePlace[]): MessagePlaces[] {
  if (added.length === 0) return [];
  const all = [...newest.places, ...added];
  const parts: MessagePlaces[] = [];
  for (let at = newest.places.length < mostPlaces ? 0 : mostPlaces; at < all.length; at += mostPlaces) {
    parts.push({ number: newest.number + at / mostPlaces, places: all.slice(at, at + mostPlaces) });
  }
  return parts;
}

/** The place of a message, the first one where a device has said the very same twice; `undefined` where it is not there. */
export function placeIn({ places }: MessagePlaces, id: Uint8Array): number | undefined {
  return places.find((place) => sameBytes(place.id, id))?.seq;
}

/** The name of a part's record. */
export function placesName({ number }: MessagePlaces): string {
  return numbered(recordName.places, number);
}

/** The bytes of a part's record. */
export function encodePlaces({ number, places }: MessagePlaces): Uint8Array {
  return encode((writer: Writer) => {
    writer
      .u8(1)
      .safe(number)
      .list(places, (w, { id, seq }) => w.raw(id).safe(seq));
  }, undefined);
}

/** A part from its record. Throws `malformed`, or `too-large` where it has too many. */
export function decodePlaces(bytes: Uint8Array): MessagePlaces {
  return decode((reader: Reader) => {
    readRecordVersion(reader);
    const number = reader.safe();
    return { number, places: reader.list((r) => ({ id: r.raw(32), seq: r.safe() }), mostPlaces) };
  }, bytes);
}
