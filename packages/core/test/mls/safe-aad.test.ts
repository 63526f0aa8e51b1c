import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { utf8 } from "../../src/codec/utf8.ts";
import {
  componentIds,
  createExternalProposal,
  createProposal,
  decodeSafeAad,
  encodeComponentsList,
  encodeSafeAad,
  groupInfoOf,
  type Proposal,
  proposeToJoin,
  protectMessage,
  publicGroupFrom,
  stageExternalJoin,
  unprotectMessage,
  usesSafeAad,
  writeAppDataDictionary,
  writeExternalSenders,
} from "../../src/mls.ts";
import * as arbitrary from "./arbitrary.ts";
import { forgePrivate, forgePublic } from "./forge.ts";
import { follow, refusal, refusalByMember, trio } from "./trio.ts";
import { codeOf, commitBy, credentials, keyPackageOf, person, suiteOf } from "./world.ts";

const outsider = person("outsider", suiteOf(1));
const { credential, signatureKeyPair } = outsider;
const safe = writeAppDataDictionary(new Map([[componentIds.safeAad, encodeComponentsList([])]]));
const senders = writeExternalSenders([{ credential, signatureKey: signatureKeyPair.publicKey }]);
const { ada, adas, bens } = trio([safe, senders]);
const items = new Map([
  [0x8001, utf8("one")],
  [0x8002, utf8("two")],
]);
const unsafe = [utf8("free text"), new Uint8Array(0), Uint8Array.of(6, 0x80, 2, 0, 0x80, 1, 0)];
const remove: Proposal = { type: "remove", removed: 2 };
const { random } = ada;

test("data comes back by component, whatever its order", () => {
  fc.assert(
    fc.property(arbitrary.dictionary, (map) => {
      expect(decodeSafeAad(encodeSafeAad(map))).toEqual(map);
    }),
  );
  expect(encodeSafeAad(new Map([...items].reverse()))).toEqual(encodeSafeAad(items));
});

describe("a group whose context has the component safe_aad", () => {
  test("carries authenticated data by component in everything that is sent", () => {
    expect(usesSafeAad(adas.context)).toBe(true);
    const authenticatedData = encodeSafeAad(items);
    const sent = protectMessage(adas, utf8("hi"), { random, authenticatedData });
    expect(decodeSafeAad(unprotectMessage(bens, sent.message).authenticatedData)).toEqual(items);
    follow(bens, createProposal(adas, remove, { authenticatedData }).message);
    follow(bens, commitBy(ada, adas, { authenticatedData }).commit);
  });

  test("carries an empty list where nothing is given, whoever sends it", () => {
    const empty = encodeSafeAad(new Map());
    const sent = protectMessage(adas, utf8("hi"), { random });
    expect(unprotectMessage(bens, sent.message).authenticatedData).toEqual(empty);
    const key = { senderIndex: 0, signaturePrivateKey: signatureKeyPair.privateKey };
    const dan = person("dan", suiteOf(1));
    const groupInfo = groupInfoOf(adas, { external: true, withTree: true });
    const messages = [
      createProposal(adas, remove).message,
      commitBy(ada, adas).commit,
      createExternalProposal(adas, remove, key),
      proposeToJoin(adas, keyPackageOf(dan)),
      stageExternalJoin({ ...dan, credentials, groupInfo }).commit,
    ];
    const options = { acceptExternalCommits: true, acceptNewMemberProposals: true };
    for (const message of messages) expect(refusal(bens, message, options)).toBe(undefined);
  });

  test("mls-safe-aad: takes nothing else, and sends nothing else", () => {
    for (const authenticatedData of unsafe) {
      expect(codeOf(() => protectMessage(adas, utf8("hi"), { random, authenticatedData }))).toBe(
        "mls-safe-aad",
      );
      expect(codeOf(() => createProposal(adas, remove, { authenticatedData }))).toBe("mls-safe-aad");
      expect(codeOf(() => commitBy(ada, adas, { authenticatedData }))).toBe("mls-safe-aad");
      const frame = { authenticatedData };
      const proposal = { type: "proposal", proposal: remove } as const;
      expect(refusal(bens, forgePublic(adas, proposal, { frame }))).toBe("mls-safe-aad");
      expect(refusalByMember(bens, forgePrivate(adas, proposal, { frame }))).toBe("mls-safe-aad");
      const message = forgePrivate(adas, { type: "application", data: utf8("hi") }, { frame });
      expect(codeOf(() => unprotectMessage(bens, message))).toBe("mls-safe-aad");
    }
  });
});

test("a group without it carries whatever is given, or nothing", () => {
  const plain = trio();
  expect(usesSafeAad(plain.adas.context)).toBe(false);
  for (const authenticatedData of unsafe) {
    const sent = protectMessage(plain.adas, utf8("hi"), { random, authenticatedData });
    expect(unprotectMessage(plain.bens, sent.message).authenticatedData).toEqual(authenticatedData);
  }
  const sent = protectMessage(plain.adas, utf8("hi"), { random });
  expect(unprotectMessage(plain.bens, sent.message).authenticatedData).toEqual(new Uint8Array(0));
});

test("malformed: a group whose data of components is out of order is not joined", () => {
  const data = Uint8Array.of(6, 0x80, 2, 0, 0x80, 1, 0);
  const context = { ...adas.context, extensions: [{ type: 6, data }] };
  const groupInfo = groupInfoOf({ ...adas, context }, { withTree: true, external: true });
  const input = { suite: suiteOf(1), groupInfo, credentials };
  expect(codeOf(() => publicGroupFrom(input))).toBe("malformed");
});
