import { createHash } from "node:crypto";
import { p256 } from "@noble/curves/nist.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CborValue, decodeCbor, encodeCbor } from "../../core/src/codec/cbor.ts";
import { encode, type Writer } from "../../core/src/codec/writer.ts";
import { decodeFraming, encodeFraming } from "../../core/src/conversation/media-framing.ts";
import { senderUri } from "../../core/src/conversation/message-id.ts";
import { nativeSignatures } from "../src/native-signatures.ts";
import { verifyEvidence } from "../src/verify.ts";
import { type Consult, consult } from "./consult.ts";
import { acknowledgementOf, forge, receiptOf } from "./forge.ts";
import { fileOf, type Parts, partsOf, type Row, reseal } from "./parts.ts";

let made: Consult;
let file: Uint8Array;
beforeAll(async () => {
  made = await consult("altered");
  file = await made.conversation.evidence(made.message);
});
afterAll(() => made.world.close());

describe("an altered byte", () => {
  test("anywhere in a file does not hold: no byte of it can be another", { timeout: 60_000 }, () => {
    const small = forge({ says: [receiptOf, acknowledgementOf] });
    expect(verdictOf(small)).toBe("holds");
    const holding = [...small.keys()].filter((at) => {
      // Another bit at each place.
      return verdictOf(small.with(at, (small[at] as number) ^ (1 << (at % 8)))) === "holds";
    });
    expect(holding).toEqual([]);
  });

  test("of any value does not hold", { timeout: 60_000 }, () => {
    expect(verdictOf(file)).toBe("holds");
    for (let at = 3; at < file.length; at += 97) {
      for (let change = 1; change < 256; change += 22) {
        expect(verdictOf(file.with(at, (file[at] as number) ^ change))).not.toBe("holds");
      }
    }
  });
});

describe("a file that is not whole", () => {
  test("does not hold, wherever it ends, nor with something after its end", () => {
    for (let length = 0; length < file.length; length += 7) {
      expect(verdictOf(file.subarray(0, length))).toBe("malformed");
    }
    expect(verdictOf(Uint8Array.of(...file, 0))).toBe("malformed");
  });

  test("does not hold without one of its parts, nor with another", () => {
    const names = ["about", "format", "groups", "items", "log"] as const;
    for (const name of names) {
      const parts = new Map(Object.entries(partsOf(file)).filter(([other]) => other !== name));
      expect(verdictOf(encodeCbor(parts))).toBe("malformed");
    }
    const parts = new Map<string, CborValue>([...Object.entries(partsOf(file)), ["more", 1]]);
    expect(verdictOf(encodeCbor(parts))).toBe("malformed");
    expect(altered((whole) => Object.assign(whole, { groups: [] }))).toBe("malformed");
    expect(altered((whole) => Object.assign(whole, { items: null }))).toBe("malformed");
    expect(altered((whole) => Object.assign(whole, { about: whole.about.subarray(1) }))).toBe("malformed");
  });
});

describe("the members", () => {
  test("do not hold where a hash is missing, or another", () => {
    expect(altered(({ groups }) => void groupAt(groups).splice(1, 1, [null, leaf(0)]))).toBe("malformed");
    expect(altered(({ groups }) => void groupAt(groups).splice(1, 1, new Uint8Array(32)))).toBe("roster");
  });

  test("do not hold where one is left out or moved", () => {
    expect(altered(({ groups }) => pairOf(groups).reverse())).toBe("malformed");
    const swap = (pair: Row): Row => pair.splice(1, 2, ...pair.slice(1).reverse());
    expect(altered(({ groups }) => swap(pairOf(groups)))).toBe("roster");
  });

  test("do not hold where the signer is not among them", () => {
    const cut = (pair: Row): Row => pair.splice(1, 1, hashOfLeaf(0, pair[1] as Row));
    expect(altered(({ groups }) => cut(pairOf(groups)))).toBe("signer");
  });
});

describe("the group", () => {
  test("does not hold where it is that of another conversation", async () => {
    const other = await consult("another");
    const { groups } = partsOf(await other.conversation.evidence(other.message));
    await other.world.close();
    expect(altered((parts) => Object.assign(parts, { groups }))).not.toBe("holds");
    expect(altered((parts) => void parts.groups.push(...groups))).toBe("malformed");
  });

  test("does not hold beside one of the same conversation whose relay signs with another key", () => {
    const change = ({ groups }: Parts): void => {
      const last = groups.at(-1) as Row;
      const context = (last[0] as Uint8Array).slice();
      // The epoch, then what follows the name of the relay: the length of the key, in two bytes, and the key.
      const at = { epoch: 2 + 2 + 33 + 7, key: Buffer.from(context).indexOf("relay.example") + 13 + 2 };
      for (const place of [at.epoch, at.key + 5]) context[place] = (context[place] as number) + 1;
      groups.push([context, last[1] as Row]);
    };
    expect(altered(change)).toBe("group");
  });

  test("does not hold where it is of another version of MLS, or of a suite that is not known", () => {
    for (const at of [1, 3]) {
      const change = ({ groups }: Parts): void => {
        const context = groups[0]?.[0] as Uint8Array;
        context[at] = 9;
      };
      expect(altered(change)).toBe("unsupported");
    }
  });

  test("does not hold where its history is another: the signatures cover it", () => {
    // The confirmed transcript hash follows the tree hash; 32 bytes each, and a byte of length.
    const change = ({ groups }: Parts): void => {
      const context = (groups[0] as Row)[0] as Uint8Array;
      const at = 2 + 2 + 33 + 8 + 33 + 1;
      context[at] = (context[at] as number) ^ 1;
    };
    expect(altered(change)).toBe("signature");
  });
});

describe("the log", () => {
  const rowsOf = ({ log }: Parts) => log[2] as Row[];

  test("does not hold where entries are in another order", () => {
    // Where the later one was accepted later, that alone tells.
    const found = new Set<string>();
    for (let at = 0; at + 1 < rowsOf(partsOf(file)).length; at++) {
      found.add(
        altered(
          (parts) =>
            void rowsOf(parts).splice(
              at,
              2,
              ...rowsOf(parts)
                .slice(at, at + 2)
                .reverse(),
            ),
        ),
      );
    }
    expect([...found].sort()).toEqual(["head", "log"]);
  });

  test("does not hold where its end is cut off, its beginning, or something in between", () => {
    for (const at of [0, 2, -1]) expect(altered((parts) => void rowsOf(parts).splice(at, 1))).toBe("head");
    expect(altered((parts) => void rowsOf(parts).splice(0))).toBe("head");
  });

  test("does not hold where an entry is dated back", () => {
    expect(altered((parts) => rowsOf(parts)[0]?.splice(2, 1, 5))).toBe("head");
  });

  test("does not hold where another key has signed its head", () => {
    const secretKey = p256.utils.randomSecretKey();
    const forged = (parts: Parts): void => {
      const signature = p256.sign(new Uint8Array(9), secretKey, { format: "der" });
      parts.log[4] = new Uint8Array(signature);
    };
    expect(altered(forged)).toBe("head");
  });
});

describe("what was signed", () => {
  test("does not hold where two messages are swapped", () => {
    expect(
      altered(({ items }) => {
        const [first, second] = [items[0] as Row, items[1] as Row];
        [first[0], second[0]] = [second[0] as number, first[0] as number];
      }),
    ).toBe("place");
  });

  test("does not hold where it is there twice, out of order, or by another member", () => {
    expect(altered(({ items }) => void items.push(items.at(-1) as Row))).toBe("malformed");
    expect(altered(({ items }) => void items.reverse())).toBe("malformed");
    expect(altered(({ items }) => items[0]?.splice(1, 1, 1))).toBe("signature");
    expect(altered(({ items }) => items[0]?.splice(1, 1, 99))).toBe("signer");
  });

  test("does not hold with the key of another message", () => {
    expect(altered(({ items }) => items[0]?.splice(2, 1, items[1]?.[2] ?? 0))).toBe("place");
  });

  test("holds where something is left out: a file tells what is in it, not what is not", () => {
    expect(altered(({ items }) => void items.splice(1, 1))).toBe("holds");
  });

  test("does not hold with something else where a number belongs", () => {
    for (const wrong of [-1, "1", null, true]) {
      expect(altered(({ items }) => items[0]?.splice(0, 1, wrong))).toBe("malformed");
      expect(altered(({ log }) => log.splice(3, 1, wrong))).toBe("malformed");
    }
  });

  test("does not hold without the message, or about another", () => {
    expect(altered(({ items }) => void items.shift())).toBe("statement");
    expect(altered((parts) => Object.assign(parts, { about: parts.about.with(5, 0) }))).toBe("statement");
  });
});

describe("where every signature passed for right", () => {
  const verifyUnsigned = (change: (parts: Parts) => void): string => {
    const parts = partsOf(file);
    change(parts);
    const verdict = verifyEvidence(fileOf(parts), { verifySignature: () => true });
    return verdict.holds ? "holds" : `${verdict.code}: ${verdict.problem}`;
  };
  /** Where in a plaintext its content ends: it begins with its length in two bytes. */
  const endOf = (plaintext: Uint8Array): number =>
    2 + (((plaintext[0] as number) & 0x3f) << 8) + (plaintext[1] as number);

  test("what is sealed as it was still holds", () => {
    expect(verifyUnsigned((parts) => reseal(parts, 0, (plaintext) => plaintext))).toBe("holds");
  });

  test("something behind what was signed does not hold", () => {
    const change = (plaintext: Uint8Array) => Uint8Array.of(...plaintext, 1);
    expect(verifyUnsigned((parts) => reseal(parts, 0, change))).toMatch(
      /^malformed: .* behind what was signed/,
    );
  });

  test("a verdict that is not by the author of the message does not hold", () => {
    const found = verifyEvidence(file);
    const signed = found.holds ? found.finding.signed : [];
    const confirmed = signed.findIndex(({ type }) => type === "confirmed");
    const benAt = signed.findIndex(({ type }) => type === "read back");
    const change = (parts: Parts) => {
      // The verdict itself, but by Ben and from his phone.
      reseal(parts, confirmed, (plaintext) => {
        const { mediaType, bytes } = decodeFraming(plaintext.subarray(2, endOf(plaintext)));
        const fields = decodeCbor(bytes, { size: 1e6, depth: 9 }) as CborValue[];
        (fields[6] as Map<number, CborValue>).set(1, senderUri("ben@st-lukes.example", "phone"));
        const content = encodeFraming(mediaType, encodeCbor(fields));
        return encode((writer: Writer) => {
          writer.bytes(content).raw(plaintext.subarray(endOf(plaintext)));
        }, undefined);
      });
      (parts.items[confirmed] as Row)[1] = (parts.items[benAt] as Row)[1] as number;
    };
    expect(verifyUnsigned(change)).toMatch(/^statement: .* not to its author/);
  });
});

function verdictOf(bytes: Uint8Array): string {
  const verdict = verifyEvidence(bytes, { verifySignature: nativeSignatures });
  return verdict.holds ? "holds" : verdict.code;
}

/** The verdict on the file with a part changed, written anew in its form. */
function altered(change: (parts: Parts) => unknown): string {
  const parts = partsOf(file);
  change(parts);
  return verdictOf(fileOf(parts));
}

function groupAt(groups: Row[]): Row {
  return groups[0] as Row;
}

/** The parent of the two leaves on the left, and these. */
function pairOf(groups: Row[]): Row {
  const root = groupAt(groups)[1] as Row;
  return root[1] as Row;
}

function leaf(index: number): Row {
  return [Uint8Array.of(index)];
}

function hashOfLeaf(index: number, [encoded]: Row): Uint8Array {
  const hash = createHash("sha256").update(Uint8Array.of(1, 0, 0, 0, index, 1));
  return new Uint8Array(hash.update(encoded as Uint8Array).digest());
}
