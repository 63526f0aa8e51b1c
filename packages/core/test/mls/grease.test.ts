import { expect, test } from "vitest";
import { utf8 } from "../../src/codec/utf8.ts";
import {
  applyPublicHandshake,
  createKeyPackage,
  defaultCapabilities,
  type Extension,
  encodeComponentsList,
  greaseOf,
  joinGroup,
  leafAt,
  protectMessage,
  unprotectMessage,
  withGrease,
  writeAppDataDictionary,
} from "../../src/mls.ts";
import { publicPartOf } from "./trio.ts";
import { authenticatorOf, commitBy, credentials, groupOf, lifetime, person, suiteOf } from "./world.ts";

const suite = suiteOf(1);
/** The values that RFC 9420 §13.5 reserves. */
const reserved = Array.from({ length: 15 }, (_, at) => at * 0x1010 + 0x0a0a);

test("values are among the reserved ones, and all of them come", () => {
  const { random } = person("somebody", suite);
  const drawn = new Set(Array.from({ length: 400 }, () => greaseOf(random)));
  expect([...drawn].sort((a, b) => a - b)).toEqual(reserved);
});

test("capabilities get one in each list where unknown values are ignored", () => {
  const { random } = person("ada", suite);
  const usual = defaultCapabilities(suite);
  const greased = withGrease(usual, random);
  expect(greased.versions).toEqual(usual.versions);
  for (const list of ["cipherSuites", "extensions", "proposals", "credentials"] as const) {
    expect(greased[list].slice(0, -1)).toEqual(usual[list]);
    expect(reserved).toContain(greased[list].at(-1));
  }
});

test("key packages, leaves and group information full of it are taken as if it were not there", () => {
  const [ada, ben] = [person("ada", suite), person("ben", suite)];
  const capabilities = withGrease(defaultCapabilities(suite), ben.random);
  const type = capabilities.extensions.at(-1) ?? 0;
  const extension: Extension = { type, data: utf8("of no meaning") };
  const dictionary = writeAppDataDictionary(
    new Map([
      [1, encodeComponentsList([1, 2, 0x0a0a])],
      [0x1a1a, utf8("of no meaning")],
    ]),
  );
  const leafExtensions = [extension, dictionary];
  const bundle = createKeyPackage({
    ...ben,
    lifetime,
    capabilities,
    leafExtensions,
    extensions: leafExtensions,
  });
  const before = groupOf(ada);
  const staged = commitBy(ada, before, {
    proposals: [{ type: "add", keyPackage: bundle.keyPackage }],
    groupInfoExtensions: leafExtensions,
  });
  const followed = applyPublicHandshake(publicPartOf(before), staged.commit, { credentials });
  expect(followed.group.epoch).toBe(1n);
  const { welcome } = staged;
  if (welcome === undefined) throw new Error("there is no Welcome");
  const { group, groupInfo } = joinGroup({ suite, welcome, bundle, credentials });
  expect(authenticatorOf(group)).toBe(authenticatorOf(staged.next));
  expect(groupInfo.extensions).toEqual(expect.arrayContaining(leafExtensions));
  expect(leafAt(group, 1)?.extensions).toEqual(leafExtensions);
  const sent = protectMessage(group, utf8("hi"), { random: ben.random });
  expect(unprotectMessage(staged.next, sent.message).data).toEqual(utf8("hi"));
});
