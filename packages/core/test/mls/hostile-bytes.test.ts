import { describe, expect, test } from "vitest";
import { utf8 } from "../../src/codec/utf8.ts";
import { ReadbackError } from "../../src/error.ts";
import {
  applyPublicHandshake,
  createProposal,
  decodeKeyPackageBundle,
  encodeKeyPackageBundle,
  groupInfoOf,
  joinGroup,
  protectMessage,
  publicGroupFrom,
  receiveHandshake,
  unprotectMessage,
} from "../../src/mls.ts";
import { seededRandom } from "../../src/testing/seeded-random.ts";
import { forgePrivate } from "./forge.ts";
import { fingerprint, publicPartOf, trio } from "./trio.ts";
import { commitBy, credentials, groupOf, keyPackageOf, pair, person, suiteOf } from "./world.ts";

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
