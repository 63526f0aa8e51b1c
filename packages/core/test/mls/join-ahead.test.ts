import { webcrypto } from "node:crypto";
import { describe, expect, test } from "vitest";
import { type CipherSuite, deferSignatures, type SignatureCheck } from "../../src/crypto.ts";
import {
  createGroup,
  decodeKeyPackage,
  encodedKeyPackage,
  joinGroup,
  protectMessage,
  stageCommit,
  unprotectMessage,
} from "../../src/mls.ts";
import { forgePrivate } from "./forge.ts";
import { authenticatorOf, codeOf, credentials, keyPackageOf, lifetime, person, suiteOf } from "./world.ts";

const size = 12;

/** A group of twelve that somebody is invited to; `isForged` makes the leaf of another one say what nobody has signed. */
function invitation(suite: CipherSuite, { isForged = false } = {}) {
  const ada = person("ada", suite);
  const bundles = Array.from({ length: size - 1 }, (_, at) => keyPackageOf(person(`member ${at}`, suite)));
  const proposals = bundles.map(({ keyPackage }, at) => {
    if (!isForged || at !== 4) return { type: "add", keyPackage } as const;
    const { leafNode } = keyPackage;
    const forged = { ...leafNode, signature: changed(leafNode.signature, 9) };
    const bytes = encodedKeyPackage({ ...keyPackage, leafNode: forged });
    return { type: "add", keyPackage: decodeKeyPackage(bytes) } as const;
  });
  // Only a member who looks at no signature invites such a one.
  const blind = { ...suite, signature: { ...suite.signature, verify: () => true } };
  const group = createGroup({ ...ada, suite: blind, groupId: new Uint8Array(8), lifetime });
  const { next, welcome } = stageCommit(group, { random: ada.random, credentials, proposals });
  const bundle = bundles.at(-1);
  if (welcome === undefined || bundle === undefined) throw new Error("nobody is invited");
  return { inviter: { ...next, suite }, input: { welcome, bundle, credentials } };
}

function changed(bytes: Uint8Array, at: number): Uint8Array {
  return bytes.with(at, (bytes[at] as number) ^ 1);
}

function aheadOf(suite: CipherSuite, input: ReturnType<typeof invitation>["input"]) {
  const signatures = deferSignatures([suite]);
  const deferring = signatures.suites[0] as CipherSuite;
  const checks: SignatureCheck[] = [];
  let runs = 0;
  const ahead = signatures.ahead(
    () => {
      runs += 1;
      return joinGroup({ ...input, suite: deferring }).group;
    },
    (check) => checks.push(check),
  );
  return { ahead, checks, runs: () => runs };
}

const started = (check: SignatureCheck) => new Promise<void>((done) => check.start(done));

describe.each([1, 2])("a join that runs ahead of its signatures, suite %i", (suiteId) => {
  const suite = suiteOf(suiteId);
  const { inviter, input } = invitation(suite);
  const forged = invitation(suite, { isForged: true });

  test("asks for every leaf and the group information, and counts when all are verified", async () => {
    const { ahead, checks, runs } = aheadOf(suite, input);
    expect(checks).toHaveLength(size + 1);
    expect(new Set(checks.map(({ publicKey }) => publicKey.join())).size).toBe(size);
    await Promise.all(checks.map(started));
    expect(authenticatorOf(ahead.finish())).toBe(authenticatorOf(inviter));
    expect(runs()).toBe(1);
  });

  test.each([0, 5, size])("gives nothing while signature %i is not verified", (missing) => {
    const { ahead, checks } = aheadOf(suite, input);
    expect(codeOf(() => ahead.finish())).toBe("invalid-argument");
    for (const [at, check] of checks.entries()) if (at !== missing) check.verify();
    expect(codeOf(() => ahead.finish())).toBe("invalid-argument");
    checks[missing]?.verify();
    expect(authenticatorOf(ahead.finish())).toBe(authenticatorOf(inviter));
  });

  test("is refused where a leaf was not signed, by the code that it always has", async () => {
    const { ahead, checks } = aheadOf(suite, forged.input);
    await Promise.all(checks.map(started));
    expect(codeOf(() => joinGroup({ ...forged.input, suite }))).toBe("mls-leaf-signature");
    expect(codeOf(() => ahead.finish())).toBe("mls-leaf-signature");
  });

  test.each([
    ["before", (check: SignatureCheck) => [() => check.verify(), () => check.unsafeAnswer(true)]],
    ["after", (check: SignatureCheck) => [() => check.unsafeAnswer(true), () => check.verify()]],
  ])("is refused where somebody found a signature wrong %s another found it right", (_, answersOf) => {
    const { ahead, checks } = aheadOf(suite, forged.input);
    for (const check of checks) for (const answer of answersOf(check)) answer();
    expect(codeOf(() => ahead.finish())).toBe("mls-leaf-signature");
  });

  test("throws what it would throw anyway, with or without its signatures", () => {
    const welcome = changed(input.welcome, input.welcome.length - 1);
    const { ahead } = aheadOf(suite, { ...input, welcome });
    expect(codeOf(() => ahead.finish())).toBe(codeOf(() => joinGroup({ ...input, welcome, suite })));
  });

  test("leaves a group that verifies messages as ever", () => {
    const { ahead, checks } = aheadOf(suite, input);
    for (const check of checks) check.verify();
    const group = ahead.finish();
    const content = { type: "application", data: new Uint8Array(3) } as const;
    const message = forgePrivate(inviter, content, { signature: new Uint8Array(64) });
    expect(codeOf(() => unprotectMessage(group, message))).toBe("mls-content-signature");
    const honest = protectMessage(inviter, content.data, { random: person("ada", suite).random });
    expect(unprotectMessage(group, honest.message).data).toEqual(content.data);
  });
});

test("WebCrypto can answer for a join: a check holds exactly what was signed", async () => {
  const suite = suiteOf(1);
  const { inviter, input } = invitation(suite);
  const { ahead, checks } = aheadOf(suite, input);
  for (const check of checks) {
    const { publicKey, message, signature } = check;
    const key = await webcrypto.subtle.importKey("raw", publicKey, "Ed25519", false, ["verify"]);
    check.unsafeAnswer(await webcrypto.subtle.verify("Ed25519", key, signature, message));
  }
  expect(authenticatorOf(ahead.finish())).toBe(authenticatorOf(inviter));
});
