import { expect, test } from "vitest";
import { utf8 } from "../../src/codec/utf8.ts";
import {
  applyPublicHandshake,
  createExternalProposal,
  createProposal,
  type Group,
  type Proposal,
  proposeToJoin,
  receiveHandshake,
  writeExternalSenders,
} from "../../src/mls.ts";
import { afterCommit, follow, publicPartOf, trio } from "./trio.ts";
import {
  authenticatorOf,
  codeOf,
  commitBy,
  credentials,
  joinBy,
  keyPackageOf,
  person,
  suiteOf,
} from "./world.ts";

const suite = suiteOf(1);
const server = person("server", suite);
const other = person("other server", suite);
const senders = writeExternalSenders(
  [other, server].map(({ credential, signatureKeyPair }) => ({
    credential,
    signatureKey: signatureKeyPair.publicKey,
  })),
);
const serverKey = { senderIndex: 1, signaturePrivateKey: server.signatureKeyPair.privateKey };

test("an external sender proposes everything it may, and a member commits it", () => {
  const { ada, adas, bens, cais } = trio([senders]);
  const bundle = keyPackageOf(person("dan", suite));
  const psk = { type: "external", id: utf8("psk"), nonce: new Uint8Array(32) } as const;
  const proposals: Proposal[] = [
    { type: "add", keyPackage: bundle.keyPackage },
    { type: "remove", removed: 2 },
    { type: "pre-shared-key", psk },
    { type: "group-context-extensions", extensions: [senders, { type: 6, data: Uint8Array.of(0) }] },
  ];
  let groups: Group[] = [adas, bens, cais];
  let follower = publicPartOf(adas);
  for (const proposal of proposals) {
    // Whoever follows in public can send it.
    const message = createExternalProposal(follower, proposal, serverKey);
    follower = applyPublicHandshake(follower, message, { credentials }).group;
    groups = groups.map((group) => follow(group, message));
  }
  const options = { credentials, preSharedKeys: () => utf8("a key") };
  const staged = commitBy(ada, groups[0] as Group, options);
  expect(staged.changes.added.map(({ leafIndex }) => leafIndex)).toEqual([2]);
  expect(staged.changes.removed.map(({ leafIndex }) => leafIndex)).toEqual([2]);
  expect(staged.next.context.extensions).toHaveLength(2);
  const next = follow(groups[1] as Group, staged.commit, options);
  expect(authenticatorOf(next)).toBe(authenticatorOf(staged.next));
  expect(receiveHandshake(groups[2] as Group, staged.commit, options).group).toBe(undefined);
  expect(applyPublicHandshake(follower, staged.commit, { credentials }).group.context).toEqual(
    staged.next.context,
  );
});

test("an external sender asks for a reinitialization", () => {
  const { ada, adas, bens } = trio([senders]);
  const reInit = { groupId: utf8("next"), version: 1, cipherSuite: 2, extensions: [] };
  const message = createExternalProposal(adas, { type: "reinit", reInit }, serverKey);
  const groups = [adas, bens].map((group) => follow(group, message));
  const [adasNext, bensNext] = afterCommit(groups, ada, 0, {}) as [Group, Group];
  expect([adasNext.reInit, bensNext.reInit]).toEqual([reInit, reInit]);
});

test("what an external sender says in the clear is signed; its place and key must be its own", () => {
  const { adas } = trio([senders]);
  const remove = { type: "remove", removed: 1 } as const;
  const authenticatedData = utf8("inactive for a year");
  const message = createExternalProposal(adas, remove, { ...serverKey, authenticatedData });
  const refusal = (bytes: Uint8Array) => codeOf(() => receiveHandshake(adas, bytes, { credentials }));
  expect(refusal(message)).toBe(undefined);
  const at = message.findIndex((_, i) => message.subarray(i, i + 8).join() === utf8("inactive").join());
  expect(refusal(message.with(at, 0))).toBe("mls-content-signature");
  expect(refusal(createExternalProposal(adas, remove, { ...serverKey, senderIndex: 0 }))).toBe(
    "mls-content-signature",
  );
  expect(refusal(createExternalProposal(adas, remove, { ...serverKey, senderIndex: 2 }))).toBe(
    "mls-external-sender",
  );
});

test("mls-external-proposal-refused: the application says what an external sender may propose", () => {
  const { adas } = trio([senders]);
  const remove = { type: "remove", removed: 1 } as const;
  const judged: unknown[] = [];
  const judge = (verdict: boolean) => {
    const message = createExternalProposal(adas, remove, serverKey);
    const acceptExternalProposal = (...all: unknown[]): boolean => judged.push(all) > 0 && verdict;
    const options = { credentials, acceptExternalProposal };
    const member = codeOf(() => receiveHandshake(adas, message, options));
    expect(codeOf(() => applyPublicHandshake(publicPartOf(adas), message, options))).toBe(member);
    return member;
  };
  expect(judge(true)).toBe(undefined);
  expect(judge(false)).toBe("mls-external-proposal-refused");
  const { credential, signatureKeyPair } = server;
  expect(judged[0]).toEqual([remove, { credential, signatureKey: signatureKeyPair.publicKey }, adas]);
  // What members propose is none of this.
  const options = { credentials, acceptExternalProposal: () => false };
  expect(codeOf(() => receiveHandshake(adas, createProposal(adas, remove).message, options))).toBe(undefined);
});

test("somebody proposes to be added, and is welcomed", () => {
  const { ada, adas, bens } = trio();
  const dan = person("dan", suite);
  const bundle = keyPackageOf(dan);
  const message = proposeToJoin(adas, bundle, utf8("dan from the second floor"));
  const options = { acceptNewMemberProposals: true };
  const [adasNext, bensNext] = [adas, bens].map((group) => follow(group, message, options)) as [Group, Group];
  const staged = commitBy(ada, adasNext);
  const dans = joinBy(dan, bundle, staged);
  expect(authenticatorOf(dans)).toBe(authenticatorOf(follow(bensNext, staged.commit)));
});
