import { describe, expect, test } from "vitest";
import { fromHex, hex } from "../../src/codec/hex.ts";
import { utf8 } from "../../src/codec/utf8.ts";
import { ReadbackError } from "../../src/error.ts";
import {
  applyPublicHandshake,
  createProposal,
  decodeKeyPackageBundle,
  decodeMessage,
  encodeKeyPackageBundle,
  encodeMessage,
  groupInfoOf,
  joinGroup,
  protectMessage,
  publicGroupFrom,
  receiveHandshake,
  unprotectMessage,
  validateKeyPackage,
} from "../../src/mls.ts";
import { seededRandom } from "../../src/testing/seeded-random.ts";
import { forgePrivate } from "./forge.ts";
import { fingerprint, publicPartOf, trio } from "./trio.ts";
import { codeOf, commitBy, credentials, groupOf, keyPackageOf, pair, person, suiteOf } from "./world.ts";

/** Copies of a message with one bit of each byte flipped, and every truncation, and one byte more. */
function* spoiled(message: Uint8Array): Generator<Uint8Array> {
  const bits = seededRandom("bits")(message.length);
  for (const [at, byte] of message.entries())
    yield message.with(at, byte ^ (1 << ((bits[at] as number) & 7)));
  for (let length = 0; length < message.length; length++) yield message.subarray(0, length);
  yield new Uint8Array([...message, 0]);
}

/** Throws unless each spoiled copy of a message is refused with an error of ours. */
function expectRefused(message: Uint8Array, take: (message: Uint8Array) => unknown): void {
  let refused = 0;
  for (const copy of spoiled(message)) {
    try {
      take(copy);
    } catch (error) {
      if (!(error instanceof ReadbackError)) throw error;
      refused += 1;
      continue;
    }
    throw new Error(`a spoiled message was taken after ${refused} others were refused`);
  }
  expect(refused).toBe(2 * message.length + 1);
}

describe.each([1, 2])(
  "suite %i: whatever byte is changed, a message is refused and nothing has changed",
  (suiteId) => {
    const { ada, ben, adas, bens } = trio([], suiteId);
    const options = { credentials };
    const before = fingerprint(bens);

    test("an application message", { timeout: 300_000 }, () => {
      const { message } = protectMessage(adas, utf8("Potassium 6.8"), { random: ada.random });
      expectRefused(message, (copy) => unprotectMessage(bens, copy));
      expect(fingerprint(bens)).toBe(before);
    });

    test("a proposal", { timeout: 300_000 }, () => {
      const { message } = createProposal(adas, { type: "remove", removed: 2 });
      expectRefused(message, (copy) => receiveHandshake(bens, copy, options));
      expect(fingerprint(bens)).toBe(before);
    });

    test("an encrypted proposal", { timeout: 300_000 }, () => {
      const message = forgePrivate(adas, { type: "proposal", proposal: { type: "remove", removed: 2 } });
      expectRefused(message, (copy) => receiveHandshake(bens, copy, options));
      expect(fingerprint(bens)).toBe(before);
    });

    test("a commit", { timeout: 300_000 }, () => {
      const { commit } = commitBy(ada, adas, { proposals: [{ type: "remove", removed: 2 }] });
      expectRefused(commit, (copy) => receiveHandshake(bens, copy, options));
      expect(fingerprint(bens)).toBe(before);
      const follower = publicPartOf(bens);
      // All but the two tags, which only members can judge.
      const visible = commit.subarray(0, commit.length - 66);
      for (const [at, byte] of visible.entries()) {
        const copy = commit.with(at, byte ^ 1);
        expect(() => applyPublicHandshake(follower, copy, options)).toThrow(ReadbackError);
      }
    });

    test("a Welcome", { timeout: 300_000 }, () => {
      const bundle = keyPackageOf(ben);
      const proposals = [{ type: "add", keyPackage: bundle.keyPackage }] as const;
      const { welcome = new Uint8Array(0) } = commitBy(ada, groupOf(ada), { proposals, forcePath: true });
      expectRefused(welcome, (copy) => joinGroup({ suite: ada.suite, welcome: copy, bundle, credentials }));
    });

    test("a group information", { timeout: 300_000 }, () => {
      const { adas: one } = pair(suiteId);
      const groupInfo = groupInfoOf(one, { withTree: true });
      expectRefused(groupInfo, (copy) => publicGroupFrom({ suite: ada.suite, groupInfo: copy, credentials }));
    });
  },
);

// All else is refused, as the tests above say. Each of these is of no use to whoever carries the bytes.
describe("what may be changed on the way", () => {
  test("in a Welcome, what is for other joiners: nobody but them could tell", () => {
    const suite = suiteOf(1);
    const [ada, ben, cai] = [person("ada", suite), person("ben", suite), person("cai", suite)];
    const [bens, cais] = [keyPackageOf(ben), keyPackageOf(cai)];
    const proposals = [bens, cais].map(({ keyPackage }) => ({ type: "add", keyPackage }) as const);
    const { welcome = new Uint8Array(0) } = commitBy(ada, groupOf(ada), { proposals });
    const join = (bytes: Uint8Array) =>
      fingerprint(joinGroup({ suite, welcome: bytes, bundle: bens, credentials }).group);
    const message = decodeMessage(welcome);
    if (message.type !== "welcome") throw new Error("there is no Welcome");
    const { secrets } = message.welcome;
    const own = secrets.filter(({ newMember }) => hex(newMember) === hex(bens.reference));
    const stranger = secrets.map((entry) => ({ ...entry, newMember: new Uint8Array(32) }));
    for (const list of [own, [...own, ...stranger], [...stranger, ...own], secrets.toReversed()]) {
      const changed = encodeMessage({ type: "welcome", welcome: { ...message.welcome, secrets: list } });
      expect(join(changed)).toBe(join(welcome));
    }
  });

  test("in a group information or a key package of suite 2, the signature: with s, order - s is valid", () => {
    // RFC 9420 does not ask for the lower one, and other implementations send either. Messages of members are not
    // concerned: their tag or their encryption covers the signature.
    const { ada, ben, adas, bens } = pair(2);
    const message = decodeMessage(groupInfoOf(adas, { withTree: true }));
    if (message.type !== "group-info") throw new Error("there is no group information");
    const { groupInfo } = message;
    const changed = encodeMessage({
      type: "group-info",
      groupInfo: { ...groupInfo, signature: withOtherS(groupInfo.signature) },
    });
    const followed = publicGroupFrom({ suite: ada.suite, groupInfo: changed, credentials });
    expect(followed.context).toEqual(adas.context);
    const { keyPackage } = keyPackageOf(ben);
    const other = { ...keyPackage, signature: withOtherS(keyPackage.signature) };
    validateKeyPackage(ada.suite, other, { credentials });

    const sent = decodeMessage(createProposal(adas, { type: "remove", removed: 1 }).message);
    if (sent.type !== "public-message") throw new Error("a proposal is public");
    const { auth } = sent.publicMessage;
    const publicMessage = { ...sent.publicMessage, auth: { ...auth, signature: withOtherS(auth.signature) } };
    const resent = encodeMessage({ type: "public-message", publicMessage });
    expect(codeOf(() => receiveHandshake(bens, resent, { credentials }))).toBe("mls-membership-tag");
  });
});

/** The other signature that is valid of every ECDSA signature over P-256 (DER: a sequence of r and s). */
function withOtherS(signature: Uint8Array): Uint8Array {
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const start = 4 + (signature[3] as number);
  const s = order - BigInt(`0x${hex(signature.subarray(start + 2))}`);
  const digits = s
    .toString(16)
    .padStart(64, "0")
    .replace(/^(?:00)+(?=..)/, "");
  const positive = Number.parseInt(digits.slice(0, 2), 16) > 0x7f ? `00${digits}` : digits;
  const integer = Uint8Array.of(2, positive.length / 2, ...fromHex(positive));
  const content = [...signature.subarray(2, start), ...integer];
  return Uint8Array.of(0x30, content.length, ...content);
}

test("random bytes are refused everywhere", () => {
  const { adas } = pair();
  const { suite } = person("ada", suiteOf(1));
  const bundle = keyPackageOf(person("ben", suite));
  const random = seededRandom("noise");
  for (let i = 0; i < 2_000; i++) {
    const noise = random(i % 300);
    // Half of them get past the first two fields.
    const bytes = i % 2 === 0 ? noise : new Uint8Array([0, 1, 0, (i % 5) + 1, ...noise]);
    for (const take of [
      () => unprotectMessage(adas, bytes),
      () => receiveHandshake(adas, bytes, { credentials }),
      () => joinGroup({ suite, welcome: bytes, bundle, credentials }),
      () => publicGroupFrom({ suite, groupInfo: bytes, credentials }),
    ]) {
      expect(take).toThrow(ReadbackError);
    }
  }
});

test("a stored key package is restored, and a damaged one refused", () => {
  const suite = suiteOf(1);
  const bundle = keyPackageOf(person("ben", suite));
  const stored = encodeKeyPackageBundle(bundle);
  const restored = decodeKeyPackageBundle(suite, stored);
  expect([restored.bytes, restored.reference, restored.secrets.open()]).toEqual([
    bundle.bytes,
    bundle.reference,
    bundle.secrets.open(),
  ]);
  for (const bytes of [stored.subarray(1), stored.with(0, 9), new Uint8Array(0)]) {
    expect(() => decodeKeyPackageBundle(suite, bytes)).toThrow(
      expect.objectContaining({ code: "storage-damaged" }),
    );
  }
});
