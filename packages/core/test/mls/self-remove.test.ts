import { describe, expect, test } from "vitest";
import { utf8 } from "../../src/codec/utf8.ts";
import type { UpdatePath } from "../../src/mls/commit.ts";
import {
  applyPublicHandshake,
  createProposal,
  createUpdate,
  type Group,
  groupInfoOf,
  leafIndexes,
  type Proposal,
  pendingProposals,
  proposalTypes,
  protectMessage,
  receiveHandshake,
  stageExternalJoin,
} from "../../src/mls.ts";
import { commitIn, forgeCommit, forgePrivate, forgePublic, pathIn } from "./forge.ts";
import { StoredGroup } from "./stored-group.ts";
import { follow, publicPartOf, refusal, refusalByMember, trio } from "./trio.ts";
import { authenticatorOf, codeOf, commitBy, credentials, keyPackageOf, person, suiteOf } from "./world.ts";

const capable = [proposalTypes["self-remove"]];
const { ada, cai, adas, bens, cais } = trio([], 1, capable);
const dan = person("dan", suiteOf(1), capable);
const leave: Proposal = { type: "self-remove" };
const accept = { acceptExternalCommits: true };

/** A member's leaving, and the groups of all with it waiting. */
function leaving(sender: Group) {
  const { message } = createProposal(sender, leave);
  const received = receiveHandshake(bens, message, { credentials });
  if (received.kind !== "proposal") throw new Error("a proposal was received as something else");
  const item = { type: "reference", reference: received.reference } as const;
  return { message, item, a: follow(adas, message), b: received.group, c: follow(cais, message) };
}

describe("a member that leaves by itself", () => {
  test("is removed by the next commit, which has a path, and learns so", () => {
    const { a, b, c } = leaving(cais);
    expect(pendingProposals(a)).toEqual([leave]);
    expect(codeOf(() => protectMessage(a, utf8("too early"), { random: ada.random }))).toBe(
      "mls-pending-proposals",
    );
    const staged = commitBy(ada, a);
    expect(pathIn(staged.commit)).toBeDefined();
    expect(staged.changes.removed.map(({ leafIndex }) => leafIndex)).toEqual([2]);
    expect(staged.changes.proposals).toEqual([expect.objectContaining({ proposal: leave, sender: 2 })]);
    expect(authenticatorOf(follow(b, staged.commit))).toBe(authenticatorOf(staged.next));
    const last = receiveHandshake(c, staged.commit, { credentials });
    expect([last.group, last.kind === "commit" && last.changes.selfRemoved]).toEqual([undefined, true]);
  });

  test("waits in storage until then", () => {
    const store = new StoredGroup();
    store.write(bens, leaving(cais).b);
    store.write(undefined, leaving(cais).b);
    expect(pendingProposals(store.restore(suiteOf(1)))).toEqual([leave]);
  });

  test("is followed in public", () => {
    const { message, a, b } = leaving(cais);
    const waits = applyPublicHandshake(publicPartOf(bens), message, { credentials }).group;
    const staged = commitBy(ada, a);
    const followed = applyPublicHandshake(waits, staged.commit, { credentials }).group;
    expect(followed).toEqual(publicPartOf(follow(b, staged.commit)));
  });

  test("may be added again by the same commit", () => {
    const { a, b } = leaving(cais);
    const again: Proposal = { type: "add", keyPackage: keyPackageOf(cai).keyPackage };
    const staged = commitBy(ada, a, { proposals: [again] });
    expect(leafIndexes(staged.next)).toEqual([0, 1, 2]);
    expect(authenticatorOf(follow(b, staged.commit))).toBe(authenticatorOf(staged.next));
  });

  test("goes before removals and updates of its leaf", () => {
    const waiting = [
      createProposal(bens, { type: "remove", removed: 2 }).message,
      createUpdate(cais, { random: cai.random }).message,
      createProposal(cais, leave).message,
    ];
    const [a, b] = [adas, bens].map((group) => waiting.reduce((at, message) => follow(at, message), group));
    if (a === undefined || b === undefined) throw new Error("there are two groups");
    for (const proposals of [[], [{ type: "remove", removed: 2 } as const]]) {
      const staged = commitBy(ada, a, { proposals });
      expect(staged.changes.proposals.map(({ proposal }) => proposal)).toEqual([leave]);
      expect(staged.changes.updated.map(({ leafIndex }) => leafIndex)).toEqual([0]);
      expect(authenticatorOf(follow(b, staged.commit))).toBe(authenticatorOf(staged.next));
    }
  });

  test("and commits something else meanwhile, stays", () => {
    const { a, c } = leaving(cais);
    const staged = commitBy(cai, c);
    expect(leafIndexes(staged.next)).toEqual([0, 1, 2]);
    expect(authenticatorOf(follow(a, staged.commit))).toBe(authenticatorOf(staged.next));
  });
});

describe("somebody who joins from outside", () => {
  const joining = { ...dan, groupInfo: groupInfoOf(adas, { external: true, withTree: true }), credentials };

  test("commits the leaving of members", () => {
    const { message, a, b, c } = leaving(cais);
    const second = createProposal(bens, leave).message;
    const joined = stageExternalJoin({ ...joining, selfRemoves: [message, second] });
    expect(leafIndexes(joined.next)).toEqual([0, 1]);
    const after = follow(follow(a, second), joined.commit, accept);
    expect(authenticatorOf(after)).toBe(authenticatorOf(joined.next));
    for (const gone of [b, c]) {
      const last = receiveHandshake(follow(gone, second), joined.commit, { credentials, ...accept });
      expect(last.group).toBe(undefined);
    }
    const waits = [message, second].reduce(
      (group, one) => applyPublicHandshake(group, one, { credentials }).group,
      publicPartOf(adas),
    );
    const followed = applyPublicHandshake(waits, joined.commit, { credentials, ...accept });
    expect(followed.group).toEqual(publicPartOf(after));
  });

  test("takes no place by that: the leaving of its former self replaces its removal", () => {
    const { message, a } = leaving(cais);
    const input = { ...joining, ...cai, selfRemoves: [message], replaces: 2 };
    const joined = stageExternalJoin(input);
    expect(leafIndexes(joined.next)).toEqual([0, 1, 2]);
    expect(authenticatorOf(follow(a, joined.commit, accept))).toBe(authenticatorOf(joined.next));
    // Whoever comes need not be like whoever has left.
    const other = stageExternalJoin({ ...joining, selfRemoves: [message] });
    expect(authenticatorOf(follow(a, other.commit, accept))).toBe(authenticatorOf(other.next));
    // But for a removal it must, whatever else the commit covers.
    const both = stageExternalJoin({ ...joining, selfRemoves: [message], replaces: 1 });
    expect(refusal(a, both.commit, accept)).toBe("mls-leaf-successor");
  });

  test("mls-external-commit-reference: is handed something else that waits", () => {
    const { message } = createProposal(cais, { type: "remove", removed: 1 });
    expect(codeOf(() => stageExternalJoin({ ...joining, selfRemoves: [message] }))).toBe(
      "mls-external-commit-reference",
    );
    const { commit } = commitBy(ada, adas);
    expect(codeOf(() => stageExternalJoin({ ...joining, selfRemoves: [commit] }))).toBe(
      "mls-external-commit-reference",
    );
  });

  test("mls-content-signature: is handed what nobody has signed", () => {
    const content = { type: "proposal", proposal: leave } as const;
    const forged = forgePublic(cais, content, { signaturePrivateKey: dan.signatureKeyPair.privateKey });
    expect(codeOf(() => stageExternalJoin({ ...joining, selfRemoves: [forged] }))).toBe(
      "mls-content-signature",
    );
  });

  test("mls-proposal-same-leaf: removes somebody who leaves", () => {
    const { item, b } = leaving(cais);
    const { commit } = stageExternalJoin(joining);
    const [init] = commitIn(commit).proposals;
    if (init === undefined) throw new Error("there is no external init");
    const forged = forgeCommit(adas, [init, item, { type: "remove", removed: 2 }], pathIn(commit), {
      frame: { sender: { type: "new-member-commit" } },
      signaturePrivateKey: dan.signatureKeyPair.privateKey,
    });
    expect(refusal(b, forged, accept)).toBe("mls-proposal-same-leaf");
  });
});

describe("what is refused", () => {
  test("mls-proposal-self-remove-value: in a commit itself, from inside and outside", () => {
    expect(refusal(bens, forgeCommit(adas, [leave], honestPath()))).toBe("mls-proposal-self-remove-value");
    expect(codeOf(() => commitBy(ada, adas, { proposals: [leave] }))).toBe("mls-proposal-self-remove-value");
    const frame = { sender: { type: "new-member-commit" } } as const;
    expect(refusal(bens, forgeCommit(adas, [leave], honestPath(), { frame, ...ofAda }), accept)).toBe(
      "mls-proposal-self-remove-value",
    );
  });

  test("mls-proposal-self-remove-private: encrypted", () => {
    const message = forgePrivate(cais, { type: "proposal", proposal: leave });
    expect(refusalByMember(bens, message)).toBe("mls-proposal-self-remove-private");
  });

  test("mls-proposal-remove-committer: committed by the one who leaves", () => {
    const { item, b, c } = leaving(cais);
    expect(refusal(b, forgeCommit(c, [item], honestPath()))).toBe("mls-proposal-remove-committer");
  });

  test("mls-commit-path-missing: without fresh keys", () => {
    const { item, a, b } = leaving(cais);
    expect(refusal(b, forgeCommit(a, [item]))).toBe("mls-commit-path-missing");
  });

  test("mls-proposal-same-leaf: together with a removal, an update or another one of the same leaf", () => {
    const other = createProposal(cais, leave, { authenticatedData: utf8("again") }).message;
    const update = createUpdate(cais, { random: cai.random }).message;
    const { item, a, b } = leaving(cais);
    const atBen = [other, update].reduce((group, message) => follow(group, message), b);
    const [, second, third] = atBen.pending.map(
      ({ reference }) => ({ type: "reference", reference }) as const,
    );
    if (second === undefined || third === undefined) throw new Error("three wait");
    for (const with_ of [second, third, { type: "remove", removed: 2 } as const]) {
      expect(refusal(atBen, forgeCommit(a, [item, with_], honestPath()))).toBe("mls-proposal-same-leaf");
    }
    // The honest commit covers one of them.
    const staged = commitBy(
      ada,
      [other, update].reduce((group, message) => follow(group, message), a),
    );
    expect(authenticatorOf(follow(atBen, staged.commit))).toBe(authenticatorOf(staged.next));
  });

  test("mls-proposal-self-remove-twice: said again in the same epoch", () => {
    const { b, c } = leaving(cais);
    expect(codeOf(() => createProposal(c, leave))).toBe("mls-proposal-self-remove-twice");
    expect(codeOf(() => createProposal(b, leave))).toBe(undefined);
  });

  test("mls-external-proposal-type: from outside", () => {
    const content = { type: "proposal", proposal: leave } as const;
    for (const sender of [{ type: "external", senderIndex: 0 }, { type: "new-member-proposal" }] as const) {
      expect(refusal(bens, forgePublic(cais, content, { frame: { sender } }))).toBe(
        "mls-external-proposal-type",
      );
    }
  });

  test("mls-proposal-support: where a member does not know of it, and is not removed as well", () => {
    const old = trio();
    expect(codeOf(() => createProposal(old.cais, leave))).toBe("mls-proposal-support");
    const message = forgePublic(old.cais, { type: "proposal", proposal: leave });
    const [a, b] = [follow(old.adas, message), follow(old.bens, message)];
    const [waiting] = b.pending;
    if (waiting === undefined) throw new Error("nothing waits");
    const item = { type: "reference", reference: waiting.reference } as const;
    const path = pathIn(commitBy(old.ada, old.adas).commit);
    expect(refusal(b, forgeCommit(a, [item], path))).toBe("mls-proposal-support");
    const staged = commitBy(old.ada, a);
    expect(staged.changes.removed).toEqual([]);
    // Two who know of it and one who does not.
    const mixed = addTo(adas, bens);
    const leaves = createProposalAnyway(mixed.b);
    const both = commitBy(ada, follow(mixed.a, leaves), { proposals: [{ type: "remove", removed: 3 }] });
    expect(both.changes.removed.map(({ leafIndex }) => leafIndex)).toEqual([1, 3]);
  });
});

const ofAda = { signaturePrivateKey: ada.signatureKeyPair.privateKey };

/** The groups of ada and ben after somebody was added who does not know of leaving. */
function addTo(a: Group, b: Group) {
  const { keyPackage } = keyPackageOf(person("eva", suiteOf(1)));
  const staged = commitBy(ada, a, { proposals: [{ type: "add", keyPackage }] });
  return { a: staged.next, b: follow(b, staged.commit) };
}

function createProposalAnyway(group: Group): Uint8Array {
  return forgePublic(group, { type: "proposal", proposal: leave });
}

/** A path that ada could commit. */
function honestPath(): UpdatePath {
  return pathIn(commitBy(ada, adas).commit);
}
