import { expect, test } from "vitest";
import { utf8 } from "../../src/codec/utf8.ts";
import {
  createProposal,
  createUpdate,
  type Group,
  leafAt,
  type Proposal,
  pendingProposals,
} from "../../src/mls.ts";
import { follow, trio } from "./trio.ts";
import { authenticatorOf, commitBy, keyPackageOf, person, suiteOf } from "./world.ts";

const { ada, ben, cai, adas, bens, cais } = trio();
const add = (name: string): Proposal => ({
  type: "add",
  keyPackage: keyPackageOf(person(name, suiteOf(1))).keyPackage,
});
const reInit: Proposal = {
  type: "reinit",
  reInit: { groupId: utf8("next"), version: 1, cipherSuite: 1, extensions: [] },
};

/** A group in which these messages wait. */
function receiving(group: Group, ...messages: Uint8Array[]): Group {
  return messages.reduce((at, message) => follow(at, message), group);
}

/** Whether everybody comes to the same group by a commit of ada that covers what waits. */
function commitOf(waits: Group, messages: Uint8Array[], proposals: readonly Proposal[] = []) {
  const staged = commitBy(ada, waits, { proposals });
  expect(authenticatorOf(follow(receiving(bens, ...messages), staged.commit))).toBe(
    authenticatorOf(staged.next),
  );
  return staged.changes;
}

test("all that wait are covered, in the order they came", () => {
  const messages = [createProposal(bens, add("dan")).message, createProposal(cais, add("eva")).message];
  const { added } = commitOf(receiving(adas, ...messages), messages);
  expect(added.map(({ leafIndex }) => leafIndex)).toEqual([3, 4]);
});

test("nothing that waits is covered where the committer does not want it", () => {
  const waits = receiving(adas, createProposal(bens, add("dan")).message);
  expect(commitBy(ada, waits, { includePending: false }).changes.added).toEqual([]);
});

test("a removal goes before an update of the same leaf, a later update before an earlier one", () => {
  const [first, second] = [
    createUpdate(cais, { random: cai.random }),
    createUpdate(cais, { random: cai.random }),
  ];
  const remove = createProposal(bens, { type: "remove", removed: 2 }).message;
  const all = [first.message, remove, second.message];
  const removing = commitOf(receiving(adas, ...all), all);
  expect([removing.removed.length, removing.updated.length]).toEqual([1, 1]);
  const updates = [first.message, second.message];
  const waits = receiving(adas, ...updates);
  const [, later] = pendingProposals(waits);
  const updating = commitOf(waits, updates);
  const own = updating.updated.find(({ leafIndex }) => leafIndex === 2);
  expect(later?.type === "update" && own?.leafNode.encryptionKey).toEqual(
    later?.type === "update" && later.leafNode.encryptionKey,
  );
});

test("the committer's own proposals go before what waits", () => {
  const messages = [
    createProposal(bens, { type: "remove", removed: 2 }).message,
    createProposal(bens, add("dan")).message,
  ];
  const { removed, added } = commitOf(receiving(adas, ...messages), messages, [
    { type: "remove", removed: 2 },
    add("dan"),
  ]);
  expect([removed.length, added.length]).toEqual([1, 1]);
});

test("nobody commits their own update or removal", () => {
  const update = createUpdate(adas, { random: ada.random });
  const leave = createProposal(adas, { type: "remove", removed: 0 });
  const waits = receiving(adas, update.message, leave.message);
  const { removed, updated } = commitBy(ada, waits).changes;
  expect([removed.length, updated.length]).toEqual([0, 1]);
  // Ben does, and ada's update yields to her removal.
  const atBen = receiving(bens, update.message, leave.message);
  expect(commitBy(ben, atBen).changes.removed.map(({ leafIndex }) => leafIndex)).toEqual([0]);
});

test("a member who is proposed again is left out, unless it goes", () => {
  const again = createProposal(bens, add("cai")).message;
  expect(commitOf(receiving(adas, again), [again]).added).toEqual([]);
  const both = [again, createProposal(bens, { type: "remove", removed: 2 }).message];
  const { added, removed } = commitOf(receiving(adas, ...both), both);
  expect([added.length, removed.length]).toEqual([1, 1]);
});

test("a reinitialization is committed only alone", () => {
  const [end, join] = [createProposal(bens, reInit).message, createProposal(bens, add("dan")).message];
  const mixed = commitBy(ada, receiving(adas, end, join));
  expect([mixed.next.reInit, mixed.changes.added.length]).toEqual([undefined, 1]);
  expect(commitBy(ada, receiving(adas, end)).next.reInit?.groupId).toEqual(utf8("next"));
});

test("a member may change its credential and signature key along with a commit or an update", () => {
  const other = person("ada of today", suiteOf(1)).signatureKeyPair;
  const staged = commitBy(ada, adas, { leaf: { signatureKeyPair: other } });
  let [a, b] = [staged.next, follow(bens, staged.commit)];
  expect(authenticatorOf(a)).toBe(authenticatorOf(b));
  expect(leafAt(b, 0)?.signatureKey).toEqual(other.publicKey);
  const again = commitBy(ada, a);
  [a, b] = [again.next, follow(b, again.commit)];
  const bensOther = person("ben of today", suiteOf(1)).signatureKeyPair;
  const update = createUpdate(b, { random: ben.random, leaf: { signatureKeyPair: bensOther } });
  const committed = commitBy(ada, follow(a, update.message));
  const after = follow(follow(update.group, update.message), committed.commit);
  const sent = commitBy(ben, after);
  expect(authenticatorOf(follow(committed.next, sent.commit))).toBe(authenticatorOf(sent.next));
});
