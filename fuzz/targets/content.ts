import fc from "fast-check";
import { type CborValue, decodeCbor, encodeCbor } from "../../packages/core/src/codec/cbor.ts";
import { fromHex } from "../../packages/core/src/codec/hex.ts";
import { decode } from "../../packages/core/src/codec/reader.ts";
import { encode } from "../../packages/core/src/codec/writer.ts";
import {
  contentId,
  decodeContent,
  encodeContent,
  type KnownContent,
} from "../../packages/core/src/conversation/content.ts";
import {
  hubExtension,
  hubOf,
  subjectExtension,
  subjectOf,
} from "../../packages/core/src/conversation/group-data.ts";
import { decodeFraming, encodeFraming } from "../../packages/core/src/conversation/media-framing.ts";
import { readExtensions, writeExtensions } from "../../packages/core/src/mls/extension.ts";
import { contents, context } from "../../packages/core/test/conversation/kit.ts";
import { mimiExamples } from "../../packages/core/test/conversation/mimi-examples.ts";
import { suiteOf } from "../../packages/core/test/mls/world.ts";
import type { Target } from "../target.ts";
import { isOfGrammar, isOfMls } from "./codes.ts";

const common = { home: "core", mayRefuse: isOfGrammar } as const;

/** What other members say, and what they put into a group. */
export const contentTargets: readonly Target[] = [
  {
    ...common,
    name: "cbor",
    seeds: () => [
      ...mimiExamples.map(({ message }) => fromHex(message)),
      encodeCbor(
        new Map<number | string, CborValue>([
          [1, [null, true, -5, 2 ** 40]],
          ["a", "b"],
        ]),
      ),
    ],
    take: (input) => encodeCbor(decodeCbor(input, { size: 65_536, depth: 8 })),
  },
  {
    ...common,
    name: "content-framing",
    seeds: () => [encodeFraming("application/mimi-content", new Uint8Array(9)), withParameters],
    take: (input) => {
      const { mediaType, bytes } = decodeFraming(input);
      return mediaType.includes(";") ? undefined : encodeFraming(mediaType, bytes);
    },
  },
  {
    ...common,
    name: "content",
    seeds: () => [
      ...fc.sample(contents, { numRuns: 30, seed: 1 }).map((content) => encodeContent(content, context)),
      ...mimiExamples.map(({ message }) => encodeFraming("application/mimi-content", fromHex(message))),
    ],
    take: takeContent,
  },
  {
    ...common,
    name: "group-data",
    mayRefuse: isOfMls,
    seeds: () =>
      [
        hubExtension({ relay: "relay.example", logKey: new Uint8Array(65).fill(4) }),
        subjectExtension("Bed 12, Müller"),
      ].map((extension) => encode(writeExtensions, [extension])),
    take: (input) => {
      const extensions = decode(readExtensions, input);
      subjectOf(extensions);
      hubOf(extensions);
      return undefined;
    },
  },
];

const withParameters = encode((writer) => {
  writer.bytes(new TextEncoder().encode("text/plain")).list([["charset", "utf-8"]], (w, words) => {
    for (const word of words) w.bytes(new TextEncoder().encode(word));
  });
  writer.bytes(new Uint8Array(3));
}, undefined);

/**
 * Content in a context is content without one, but for the names in it. What was understood can be said again in the
 * same words; extensions of others are passed over, so only a receipt is sure to have the same bytes.
 */
function takeContent(input: Uint8Array): Uint8Array | undefined {
  const content = decodeContent(input);
  contentId(suiteOf(2).hash, content, input, context);
  if (content.type === "unknown") return undefined;
  const again = encodeContent(content, context);
  const back = encodeContent(decodeContent(again, context) as KnownContent, context);
  if (String(back) !== String(again)) throw new Error("content does not come back");
  return content.type === "receipt" ? again : undefined;
}
