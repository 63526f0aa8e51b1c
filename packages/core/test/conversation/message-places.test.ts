import fc from "fast-check";
import { expect, test } from "vitest";
import {
  addPlaces,
  decodePlaces,
  encodePlaces,
  type MessagePlace,
  type MessagePlaces,
  noPlaces,
  placeIn,
  placesName,
} from "../../src/conversation/message-places.ts";

const idOf = (number: number): Uint8Array => {
  const id = new Uint8Array(32);
  new DataView(id.buffer).setUint32(28, number);
  return id;
};
const placeOf = (seq: number): MessagePlace => ({ id: idOf(seq), seq });

/** What a store holds after some steps, and the state that goes on. */
function storeAfter(steps: readonly (readonly MessagePlace[])[]) {
  const stored = new Map<string, Uint8Array>();
  let newest: MessagePlaces = noPlaces;
  for (const added of steps) {
    for (const part of addPlaces(newest, added)) {
      stored.set(placesName(part), encodePlaces(part));
      newest = part;
    }
  }
  return { parts: [...stored].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value), newest };
}

test("every message is found, however many came in a step, and each record holds 64 of them", () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 200 }), { maxLength: 12 }), (counts) => {
      let seq = 0;
      const steps = counts.map((count) => Array.from({ length: count }, () => placeOf(++seq)));
      const { parts, newest } = storeAfter(steps);
      const decoded = parts.map(decodePlaces);
      expect(decoded.flatMap(({ places }) => places)).toEqual(steps.flat());
      expect(decoded.map(({ number }) => number)).toEqual(decoded.map((_, index) => index));
      expect(decoded.slice(0, -1).every(({ places }) => places.length === 64)).toBe(true);
      expect(newest).toEqual(decoded.at(-1) ?? noPlaces);
      for (const { id, seq: at } of steps.flat())
        expect(decoded.flatMap((part) => placeIn(part, id) ?? [])).toEqual([at]);
    }),
  );
});

test("of a message that was said twice the first place counts, and of one that never was there is none", () => {
  const [part] = addPlaces(noPlaces, [placeOf(3), { id: idOf(9), seq: 4 }, { id: idOf(9), seq: 5 }]);
  expect(part && placeIn(part, idOf(9))).toBe(4);
  expect(part && placeIn(part, idOf(8))).toBeUndefined();
});

test("a step with nothing to add changes no record", () => {
  expect(addPlaces({ number: 2, places: [placeOf(1)] }, [])).toEqual([]);
});
