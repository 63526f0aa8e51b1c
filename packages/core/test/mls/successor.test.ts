import { describe, expect, test } from "vitest";
import { utf8 } from "../../src/codec/utf8.ts";
import { experimentalMlKem768P256Suite, experimentalMlKem768X25519Suite } from "../../src/experimental.ts";
import { applyProposals } from "../../src/mls/apply-proposals.ts";
import { makeWelcome } from "../../src/mls/make-welcome.ts";
import { pskSecretOf } from "../../src/mls/psk-secret.ts";
import {
  applyPublicHandshake,
  type BranchInput,
  type CommitOptions,
  createGroup,
  type Group,
  groupInfoOf,
  type JoinInput,
  joinGroup,
  type KeyPackageBundle,
  type Proposal,
  protectMessage,
  publicGroupFrom,
  resumptionPsk,
  type SuccessorInput,
  stageBranch,
  stageSuccessor,
  unprotectMessage,
} from "../../src/mls.ts";
import { afterCommit, follow, type Trio, trio } from "./trio.ts";
import {
  authenticatorOf,
  codeOf,
  commitBy,
  credentials,
  keyPackageOf,
  lifetime,
  type Person,
  person,
  suiteOf,
} from "./world.ts";

const extension = { type: 6, data: Uint8Array.of(0) };

/** The trio's groups after a commit of a reinitialization by ada. */
function reinitialized(them: Trio, cipherSuite = 1): Trio {
  const reInit = { groupId: utf8("the new one"), version: 1, cipherSuite, extensions: [extension] };
  const groups = [them.adas, them.bens, them.cais];
  const [adas, bens, cais] = afterCommit(groups, them.ada, 0, { proposals: [{ type: "reinit", reInit }] });
  return { ...them, adas, bens, cais } as Trio;
}

/** The same person in another suite. */
function moved(owner: Person, suiteId: number): Person {
  return person(owner.name, suiteOf(suiteId));
}

function inputOf(owner: Person, bundles: readonly KeyPackageBundle[]): SuccessorInput {
  return { ...owner, credentials, lifetime, keyPackages: bundles.map(({ keyPackage }) => keyPackage) };
}

function branchOf(owner: Person, bundles: readonly KeyPackageBundle[]): BranchInput {
  return { ...inputOf(owner, bundles), groupId: utf8("a branch") };
}

function join(welcome: Uint8Array | undefined, bundle: KeyPackageBundle, input: Partial<JoinInput>): Group {
  if (welcome === undefined) throw new Error("there is no Welcome");
  return joinGroup({ suite: suiteOf(1), credentials, welcome, bundle, ...input }).group;
}

/** A group that says by hand what `stageSuccessor` and `stageBranch` say, with whatever else. */
function madeByHand(
  owner: Person,
  old: Group,
  usage: "reinit" | "branch",
  change: {
    readonly groupId?: string;
    readonly extensions?: CommitOptions["groupInfoExtensions"];
    readonly proposals?: readonly Proposal[];
    readonly later?: boolean;
    readonly epoch?: bigint;
  },
) {
  const { groupId, epoch } = { ...old.context, epoch: change.epoch ?? old.epoch };
  const nonce = new Uint8Array(32);
  const psk = { type: "resumption", usage, groupId, epoch, nonce } as const;
  const group = createGroup({
    ...owner,
    lifetime,
    groupId: utf8(change.groupId ?? "the new one"),
    extensions: change.extensions ?? [extension],
  });
  const proposals = [...(change.proposals ?? []), { type: "pre-shared-key", psk } as const];
  return commitBy(owner, group, { proposals, preSharedKeys: () => resumptionPsk(old) });
}

function adding(bundles: readonly KeyPackageBundle[]): Proposal[] {
  return bundles.map(({ keyPackage }) => ({ type: "add", keyPackage }));
}

describe("a reinitialized group", () => {
  test.each([1, 2, 3])("goes on in another one, of suite %i, and says so", (suiteId) => {
    const them = reinitialized(trio(), suiteId);
    const [ada, ben, cai] = [them.ada, them.ben, them.cai].map((owner) => moved(owner, suiteId)) as [
      Person,
      Person,
      Person,
    ];
    // Not the one who has committed: any member may do it.
    const bundles = [keyPackageOf(ada), keyPackageOf(cai)] as const;
    const staged = stageSuccessor(them.bens, inputOf(ben, bundles));
    expect(staged.next.epoch).toBe(1n);
    expect(staged.next.context.groupId).toEqual(utf8("the new one"));
    expect(staged.next.context.extensions).toEqual([extension]);
    const { suite } = ada;
    const adas = join(staged.welcome, bundles[0], { suite, predecessor: them.adas });
    const cais = join(staged.welcome, bundles[1], { suite, predecessor: them.cais });
    expect(authenticatorOf(adas)).toBe(authenticatorOf(staged.next));
    expect(authenticatorOf(cais)).toBe(authenticatorOf(staged.next));
    const sent = protectMessage(adas, utf8("here we are"), { random: ada.random });
    expect(unprotectMessage(cais, sent.message).data).toEqual(utf8("here we are"));
  });

  test.each([
    ["X25519", experimentalMlKem768X25519Suite.id],
    ["P-256", experimentalMlKem768P256Suite.id],
  ])("moves from the default suite to ML-KEM-768 with %s", (_, suiteId) => {
    const them = reinitialized(trio([], 2), suiteId);
    const [ada, ben, cai] = [them.ada, them.ben, them.cai].map((owner) => moved(owner, suiteId)) as [
      Person,
      Person,
      Person,
    ];
    const bundles = [keyPackageOf(ben), keyPackageOf(cai)] as const;
    const staged = stageSuccessor(them.adas, inputOf(ada, bundles));
    const { suite } = ada;
    const groups = [
      staged.next,
      join(staged.welcome, bundles[0], { suite, predecessor: them.bens }),
      join(staged.welcome, bundles[1], { suite, predecessor: them.cais }),
    ];
    expect(new Set(groups.map(authenticatorOf)).size).toBe(1);
    // The new group lives on, also for those who follow it in public.
    let follower = publicGroupFrom({
      suite,
      groupInfo: groupInfoOf(staged.next, { withTree: true }),
      credentials,
    });
    let members = groups;
    for (const [at, owner] of [ada, ben, cai].entries()) {
      const { next, commit } = commitBy(owner, members[at] as Group);
      members = members.map((group, i) => (i === at ? next : follow(group, commit)));
      follower = applyPublicHandshake(follower, commit, { credentials }).group;
    }
    expect(new Set(members.map(authenticatorOf)).size).toBe(1);
    expect(follower.context).toEqual(members[0]?.context);
    const sent = protectMessage(members[0] as Group, utf8("still here"), { random: ada.random });
    expect(unprotectMessage(members[2] as Group, sent.message).data).toEqual(utf8("still here"));
  });

  test("is followed in public from its first epoch on", () => {
    const them = reinitialized(trio());
    const bundles = [keyPackageOf(them.ben), keyPackageOf(them.cai)];
    const { first, commit, next } = stageSuccessor(them.adas, inputOf(them.ada, bundles));
    const groupInfo = groupInfoOf(first, { withTree: true });
    const follower = publicGroupFrom({ suite: suiteOf(1), groupInfo, credentials });
    const { group } = applyPublicHandshake(follower, commit, { credentials });
    expect(group.context).toEqual(next.context);
  });

  test("mls-reinit-missing: a group that goes on, or that went on since", () => {
    const them = trio();
    const bundles = [keyPackageOf(them.ben), keyPackageOf(them.cai)] as const;
    expect(codeOf(() => stageSuccessor(them.adas, inputOf(them.ada, bundles)))).toBe("mls-reinit-missing");
    const { welcome } = madeByHand(them.ada, them.adas, "reinit", { proposals: adding(bundles) });
    const joining = () => join(welcome, bundles[0], { predecessor: them.bens });
    expect(codeOf(joining)).toBe("mls-reinit-missing");
    const after = reinitialized(them);
    const earlier = madeByHand(them.ada, them.adas, "reinit", { proposals: adding(bundles) });
    const preSharedKeys = () => resumptionPsk(them.bens);
    const late = () => join(earlier.welcome, bundles[0], { predecessor: after.bens, preSharedKeys });
    expect(codeOf(late)).toBe("mls-reinit-missing");
  });

  test("mls-reinit-parameters: another suite, group id or extension than was asked for", () => {
    const them = reinitialized(trio());
    const bundles = [keyPackageOf(them.ben), keyPackageOf(them.cai)] as const;
    const elsewhere = inputOf(moved(them.ada, 2), []);
    expect(codeOf(() => stageSuccessor(them.adas, elsewhere))).toBe("mls-reinit-parameters");
    const proposals = adding(bundles);
    for (const change of [{ groupId: "another" }, { extensions: [] }]) {
      const { welcome } = madeByHand(them.ada, them.adas, "reinit", { proposals, ...change });
      const joining = () => join(welcome, bundles[0], { predecessor: them.bens });
      expect(codeOf(joining)).toBe("mls-reinit-parameters");
    }
    const asked = reinitialized(trio(), 2);
    const { welcome } = madeByHand(asked.ada, asked.adas, "reinit", { proposals });
    expect(codeOf(() => join(welcome, bundles[0], { predecessor: asked.bens }))).toBe(
      "mls-reinit-parameters",
    );
  });

  test("mls-reinit-members: somebody is missing, or new", () => {
    const them = reinitialized(trio());
    const ben = keyPackageOf(them.ben);
    const dan = keyPackageOf(person("dan", suiteOf(1)));
    // Another device that says to be ben's: everybody is from the old group then, and as many.
    const { signatureKeyPair } = person("ben's second", suiteOf(1));
    const second = keyPackageOf({ ...them.ben, signatureKeyPair });
    const cai = keyPackageOf(them.cai);
    for (const others of [[], [dan], [cai, dan], [second], [cai, second]]) {
      const bundles = [ben, ...others];
      expect(codeOf(() => stageSuccessor(them.adas, inputOf(them.ada, bundles)))).toBe("mls-reinit-members");
      const { welcome } = madeByHand(them.ada, them.adas, "reinit", { proposals: adding(bundles) });
      expect(codeOf(() => join(welcome, ben, { predecessor: them.bens }))).toBe("mls-reinit-members");
    }
  });
});

describe("a branch of a group", () => {
  test("is made of some members, who know the group it comes from", () => {
    const them = trio([extension]);
    const bundle = keyPackageOf(them.ben);
    const staged = stageBranch(them.adas, branchOf(them.ada, [bundle]));
    expect(staged.next.context.extensions).toEqual([extension]);
    const bens = join(staged.welcome, bundle, { predecessor: them.bens });
    expect(authenticatorOf(bens)).toBe(authenticatorOf(staged.next));
    expect(codeOf(() => join(staged.welcome, bundle, {}))).toBe("mls-psk-unknown");
  });

  test("is joined also by a member whose old group has gone on", () => {
    const them = trio();
    const bundle = keyPackageOf(them.ben);
    const staged = stageBranch(them.adas, { ...branchOf(them.ada, [bundle]), extensions: [extension] });
    const key = resumptionPsk(them.bens);
    const [, bens] = afterCommit([them.adas, them.bens], them.ada, 0, {}) as [Group, Group];
    const keys = { preSharedKeys: () => key };
    const joined = join(staged.welcome, bundle, { predecessor: bens, ...keys });
    expect(authenticatorOf(joined)).toBe(authenticatorOf(staged.next));
    expect(codeOf(() => join(staged.welcome, bundle, { predecessor: bens }))).toBe("mls-psk-unknown");
    // Who does not bring the old group cannot have checked that it is the one.
    expect(codeOf(() => join(staged.welcome, bundle, keys))).toBe("mls-psk-unknown");
  });

  test("mls-branch-parameters: another cipher suite", () => {
    const them = trio();
    const [ada, ben] = [moved(them.ada, 3), moved(them.ben, 3)];
    const bundle = keyPackageOf(ben);
    expect(codeOf(() => stageBranch(them.adas, branchOf(ada, [bundle])))).toBe("mls-branch-parameters");
    const { welcome } = madeByHand(ada, them.adas, "branch", { proposals: adding([bundle]) });
    const joining = () => join(welcome, bundle, { suite: suiteOf(3), predecessor: them.bens });
    expect(codeOf(joining)).toBe("mls-branch-parameters");
  });

  test("mls-branch-members: somebody new", () => {
    const them = trio();
    const bundles = [keyPackageOf(them.ben), keyPackageOf(person("dan", suiteOf(1)))] as const;
    expect(codeOf(() => stageBranch(them.adas, branchOf(them.ada, bundles)))).toBe("mls-branch-members");
    const { welcome } = madeByHand(them.ada, them.adas, "branch", { proposals: adding(bundles) });
    const joining = () => join(welcome, bundles[0], { predecessor: them.bens });
    expect(codeOf(joining)).toBe("mls-branch-members");
  });

  test("takes other credentials of its members only where the application says whose they are", () => {
    const them = trio();
    const renamed = { ...them.ben, credential: { type: "basic", identity: utf8("ben, MD") } as const };
    const input = branchOf(them.ada, [keyPackageOf(renamed)]);
    const { isValid } = credentials;
    const trusting = { isValid, isSuccessor: () => true };
    expect(codeOf(() => stageBranch(them.adas, input))).toBe("mls-branch-members");
    expect(codeOf(() => stageBranch(them.adas, { ...input, credentials: { isValid } }))).toBe(
      "mls-branch-members",
    );
    expect(codeOf(() => stageBranch(them.adas, { ...input, credentials: trusting }))).toBe(undefined);
  });
});

describe("a successor", () => {
  test("mls-successor-link: the Welcome names no old group, or another one", () => {
    const them = trio();
    const bundle = keyPackageOf(them.ben);
    const plain = commitBy(them.ada, createGroup({ ...them.ada, lifetime, groupId: utf8("plain") }), {
      proposals: adding([bundle]),
    });
    const unlinked = () => join(plain.welcome, bundle, { predecessor: them.bens });
    expect(codeOf(unlinked)).toBe("mls-successor-link");
    const other = { ...them.adas, context: { ...them.adas.context, groupId: utf8("another") } };
    const { welcome } = stageBranch(other, branchOf(them.ada, [bundle]));
    expect(codeOf(() => join(welcome, bundle, { predecessor: them.bens }))).toBe("mls-successor-link");
  });

  test("mls-successor-epoch, mls-proposal-psk-usage: the link comes later than in the first commit", () => {
    const them = trio();
    const bundle = keyPackageOf(them.ben);
    const { epoch, context } = them.adas;
    const nonce = new Uint8Array(32);
    const psk = { type: "resumption", usage: "branch", groupId: context.groupId, epoch, nonce } as const;
    const proposals = [...adding([bundle]), { type: "pre-shared-key", psk } as const];
    const alone = createGroup({ ...them.ada, lifetime, groupId: utf8("late") });
    const preSharedKeys = () => resumptionPsk(them.adas);
    const second = commitBy(them.ada, alone).next;
    expect(codeOf(() => commitBy(them.ada, second, { proposals, preSharedKeys }))).toBe(
      "mls-proposal-psk-usage",
    );
    // As an implementation that does not look would send it: a Welcome to epoch 2.
    const first = commitBy(them.ada, alone, { proposals: adding([bundle]) });
    const { next } = commitBy(them.ada, first.next);
    const { suite, random } = them.ada;
    const joinerSecret = random(32);
    const welcome = makeWelcome(next, {
      ...{ path: undefined, joinerSecret, extensions: undefined, withTree: true, random },
      committed: adding([bundle]).map((proposal) => ({ proposal, sender: 0 })),
      applied: { ...applyProposals(next, []), added: first.changes.added, psks: [psk] },
      pskSecret: pskSecretOf(suite, [{ id: psk, secret: preSharedKeys() }]),
    });
    const joining = () => join(welcome, bundle, { predecessor: them.bens });
    expect(codeOf(joining)).toBe("mls-successor-epoch");
  });
});
