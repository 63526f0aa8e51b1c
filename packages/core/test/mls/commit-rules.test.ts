import { describe, expect, test } from "vitest";
import { sameBytes } from "../../src/codec/bytes.ts";
import { utf8 } from "../../src/codec/utf8.ts";
import type { UpdatePath } from "../../src/mls/commit.ts";
import { isSameCredential } from "../../src/mls/credential.ts";
import { signKeyPackage } from "../../src/mls/key-package.ts";
import { type LeafNodeContent, signLeafNode } from "../../src/mls/leaf-node.ts";
import { checkProposalList } from "../../src/mls/proposal-list.ts";
import {
  type CommitOptions,
  createProposal,
  createUpdate,
  decodeMessage,
  defaultCapabilities,
  encodeRatchetTree,
  extensionTypes,
  type Group,
  groupInfoOf,
  type HandshakeOptions,
  type KeyPackage,
  leafAt,
  type PreSharedKeyId,
  type Proposal,
  protectMessage,
  receiveHandshake,
  restoreGroup,
  stageExternalJoin,
  writeAppDataDictionary,
  writeExternalSenders,
  writeRequiredCapabilities,
} from "../../src/mls.ts";
import { forgeCommit, forgePublic, pathIn } from "./forge.ts";
import { StoredGroup } from "./stored-group.ts";
import { afterCommit, follow, refusal, refusalByMember, trio } from "./trio.ts";
import {
  authenticatorOf,
  codeOf,
  commitBy,
  credentials,
  groupOf,
  keyPackageOf,
  person,
  suiteOf,
} from "./world.ts";

const suite = suiteOf(1);
const { ada, ben, cai, adas, bens, cais } = trio();
const dan = person("dan", suite);
const capabilities = defaultCapabilities(suite);
const remove = (removed: number): Proposal => ({ type: "remove", removed });
const add = (keyPackage: KeyPackage): Proposal => ({ type: "add", keyPackage });
const pskOf = (nonceSize = 32): Proposal => ({
  type: "pre-shared-key",
  psk: { type: "external", id: utf8("psk"), nonce: new Uint8Array(nonceSize) },
});
const extensions = (...list: readonly Parameters<typeof writeExternalSenders>[0][]): Proposal => ({
  type: "group-context-extensions",
  extensions: list.map((senders) => writeExternalSenders(senders)),
});
const reInit = (version = 1): Proposal => ({
  type: "reinit",
  reInit: { groupId: utf8("next"), version, cipherSuite: 1, extensions: [] },
});

/** A proposal of a member, received by ada and ben: its reference and their groups with it waiting. */
function waiting(sender: Group, proposal: Proposal) {
  const { message } = createProposal(sender, proposal);
  const received = receiveHandshake(bens, message, { credentials });
  if (received.kind !== "proposal") throw new Error("a proposal was received as something else");
  return {
    item: { type: "reference", reference: received.reference } as const,
    atAda: follow(adas, message),
    atBen: received.group,
  };
}

describe("the list of proposals", () => {
  test("mls-proposal-unknown: a reference to a proposal that nobody sent", () => {
    const reference = { type: "reference", reference: new Uint8Array(32) } as const;
    expect(refusal(bens, forgeCommit(adas, [reference]))).toBe("mls-proposal-unknown");
  });

  test("mls-proposal-duplicate: the same reference twice", () => {
    const { item, atAda, atBen } = waiting(cais, add(keyPackageOf(dan).keyPackage));
    expect(refusal(atBen, forgeCommit(atAda, [item, item]))).toBe("mls-proposal-duplicate");
  });

  test("mls-proposal-update-sender: an update that no member has sent", () => {
    const { message } = createUpdate(adas, { random: ada.random });
    const received = receiveHandshake(bens, message, { credentials });
    const list = [
      { proposal: received.kind === "proposal" ? received.proposal : remove(0), sender: undefined },
    ];
    expect(codeOf(() => checkProposalList(list, 1))).toBe("mls-proposal-update-sender");
  });

  test("mls-proposal-update-own: an update of the committer's own, by value or by reference", () => {
    const { message } = createUpdate(adas, { random: ada.random });
    const received = receiveHandshake(bens, message, { credentials });
    if (received.kind !== "proposal") throw new Error("an update was received as something else");
    expect(refusal(bens, forgeCommit(adas, [received.proposal], honestPath()))).toBe(
      "mls-proposal-update-own",
    );
    const item = { type: "reference", reference: received.reference } as const;
    expect(refusal(received.group, forgeCommit(follow(adas, message), [item], honestPath()))).toBe(
      "mls-proposal-update-own",
    );
  });

  test("mls-proposal-remove-committer: the committer removes itself", () => {
    expect(refusal(bens, forgeCommit(adas, [remove(0)], honestPath()))).toBe("mls-proposal-remove-committer");
  });

  test("mls-proposal-remove-blank: nobody is at the leaf to remove", () => {
    for (const leaf of [3, 4, 0xffffffff]) {
      expect(refusal(bens, forgeCommit(adas, [remove(leaf)], honestPath()))).toBe(
        "mls-proposal-remove-blank",
      );
      expect(refusal(bens, createProposal(adas, remove(leaf)).message)).toBe("mls-proposal-remove-blank");
    }
  });

  test("mls-proposal-same-leaf: several proposals for one leaf", () => {
    expect(refusal(bens, forgeCommit(adas, [remove(2), remove(2)], honestPath()))).toBe(
      "mls-proposal-same-leaf",
    );
    const { message } = createUpdate(cais, { random: cai.random });
    const received = receiveHandshake(bens, message, { credentials });
    if (received.kind !== "proposal") throw new Error("an update was received as something else");
    const item = { type: "reference", reference: received.reference } as const;
    expect(refusal(received.group, forgeCommit(adas, [item, remove(2)], honestPath()))).toBe(
      "mls-proposal-same-leaf",
    );
  });

  test("mls-proposal-add-same-client: one client is added twice", () => {
    const both = [add(keyPackageOf(dan).keyPackage), add(keyPackageOf(dan).keyPackage)];
    expect(refusal(bens, forgeCommit(adas, both))).toBe("mls-proposal-add-same-client");
  });

  test("mls-leaf-signature-key: a member is added again, unless it is removed along with that", () => {
    const again = add(keyPackageOf(cai).keyPackage);
    expect(refusal(bens, forgeCommit(adas, [again]))).toBe("mls-leaf-signature-key");
    expect(codeOf(() => commitBy(ada, adas, { proposals: [again] }))).toBe("mls-leaf-signature-key");
    const { commit } = commitBy(ada, adas, { proposals: [again, remove(2)] });
    expect(refusal(bens, commit)).toBe(undefined);
  });

  test("a pre-shared key of a component is told from one of the application by its name", () => {
    const named = { id: utf8("psk"), nonce: new Uint8Array(32) };
    const keys = (id: PreSharedKeyId) => (id.type === "application" ? utf8(`${id.componentId}`) : utf8("x"));
    const results = [1, 2, 2].map((componentId) => {
      const psk = { type: "application", componentId, ...named } as const;
      const proposals = [{ type: "pre-shared-key", psk } as const, pskOf()];
      const staged = commitBy(ada, adas, { proposals, preSharedKeys: keys });
      const next = follow(bens, staged.commit, { preSharedKeys: keys });
      expect(authenticatorOf(next)).toBe(authenticatorOf(staged.next));
      expect(refusalByMember(bens, staged.commit, { preSharedKeys: () => utf8("x") })).toBe(
        "mls-confirmation-tag",
      );
      return authenticatorOf(next);
    });
    expect(new Set(results).size).toBe(2);
  });

  test("mls-proposal-psk-duplicate, mls-proposal-psk-nonce, mls-proposal-psk-usage", () => {
    expect(refusal(bens, forgeCommit(adas, [pskOf(), pskOf()]))).toBe("mls-proposal-psk-duplicate");
    expect(refusal(bens, forgeCommit(adas, [pskOf(31)]))).toBe("mls-proposal-psk-nonce");
    for (const usage of ["reinit", "branch"] as const) {
      const psk = {
        type: "resumption",
        usage,
        groupId: utf8("g"),
        epoch: 1n,
        nonce: new Uint8Array(32),
      } as const;
      expect(refusal(bens, forgeCommit(adas, [{ type: "pre-shared-key", psk }]))).toBe(
        "mls-proposal-psk-usage",
      );
    }
  });

  test("mls-psk-unknown: a pre-shared key that the member does not have", () => {
    const preSharedKeys = () => utf8("secret");
    const { commit, next } = commitBy(ada, adas, { proposals: [pskOf()], preSharedKeys });
    expect(refusalByMember(bens, commit)).toBe("mls-psk-unknown");
    expect(refusalByMember(bens, commit, { preSharedKeys: () => utf8("another") })).toBe(
      "mls-confirmation-tag",
    );
    expect(authenticatorOf(follow(bens, commit, { preSharedKeys }))).toBe(authenticatorOf(next));
    expect(codeOf(() => commitBy(ada, adas, { proposals: [pskOf()] }))).toBe("mls-psk-unknown");
  });

  test("mls-proposal-extensions-twice: the extensions are replaced twice", () => {
    const twice = forgeCommit(adas, [extensions(), extensions()], honestPath());
    expect(refusal(bens, twice)).toBe("mls-proposal-extensions-twice");
  });

  test("mls-proposal-extensions-support: extensions that some member does not support", () => {
    const unknown: Proposal = {
      type: "group-context-extensions",
      extensions: [{ type: 0xf123, data: utf8("") }],
    };
    expect(refusal(bens, forgeCommit(adas, [unknown], honestPath()))).toBe("mls-proposal-extensions-support");
    const required = writeRequiredCapabilities({ extensions: [0xf123], proposals: [], credentials: [] });
    const demand: Proposal = { type: "group-context-extensions", extensions: [required] };
    expect(refusal(bens, forgeCommit(adas, [demand], honestPath()))).toBe("mls-proposal-extensions-support");
  });

  test("mls-leaf-required-capabilities, mls-leaf-group-extension: a new member who does not support what the group uses", () => {
    const dictionary = writeAppDataDictionary(new Map([[1, utf8("data")]]));
    const proposals: Proposal[] = [
      add(keyPackageWith({ capabilities: { ...capabilities, extensions: [] } })),
      { type: "group-context-extensions", extensions: [dictionary] },
    ];
    expect(refusal(bens, forgeCommit(adas, proposals, honestPath()))).toBe("mls-leaf-group-extension");
    const required = writeRequiredCapabilities({
      extensions: [extensionTypes.appDataDictionary],
      proposals: [],
      credentials: [],
    });
    const demand: Proposal[] = [
      proposals[0] as Proposal,
      { type: "group-context-extensions", extensions: [required] },
    ];
    expect(refusal(bens, forgeCommit(adas, demand, honestPath()))).toBe("mls-leaf-required-capabilities");
  });

  test("extensions that all members support are taken, and hold in the next epoch", () => {
    const dictionary = writeAppDataDictionary(new Map([[1, utf8("data")]]));
    const proposals = [{ type: "group-context-extensions", extensions: [dictionary] }] as const;
    const [a, b] = afterCommit([adas, bens, cais], ada, 0, { proposals });
    expect(b?.context.extensions).toEqual([dictionary]);
    expect(a?.context.extensions).toEqual([dictionary]);
  });

  test("mls-proposal-extensions-refused: the application says how extensions may change", () => {
    const dictionary = writeAppDataDictionary(new Map([[1, utf8("data")]]));
    const proposals = [{ type: "group-context-extensions", extensions: [dictionary] }] as const;
    const { commit } = commitBy(ada, adas, { proposals });
    const judged: unknown[] = [];
    const judge = (verdict: boolean) =>
      refusal(bens, commit, {
        credentials,
        acceptExtensions: (change) => judged.push(change) > 0 && verdict,
      });
    expect(judge(true)).toBe(undefined);
    expect(judge(false)).toBe("mls-proposal-extensions-refused");
    expect(judged[0]).toEqual({ group: bens, extensions: [dictionary], sender: 0, isReInit: false });
    const reInit = { groupId: utf8("next"), version: 1, cipherSuite: 1, extensions: [dictionary] };
    const ending = commitBy(ada, adas, { proposals: [{ type: "reinit", reInit }] }).commit;
    const options = { credentials, acceptExtensions: ({ isReInit }: { isReInit: boolean }) => !isReInit };
    expect(refusal(bens, ending, options)).toBe("mls-proposal-extensions-refused");
    expect(refusal(bens, commit, options)).toBe(undefined);
  });

  test("mls-external-sender-credential: an external sender whom nobody vouches for", () => {
    const sender = {
      signatureKey: dan.signatureKeyPair.publicKey,
      credential: { type: "x509", certificates: [] },
    } as const;
    expect(refusal(bens, forgeCommit(adas, [extensions([sender])], honestPath()))).toBe(
      "mls-external-sender-credential",
    );
  });

  test("external senders who stay are not judged again, and whoever changes among them is", () => {
    const named = (name: string) => {
      const { credential, signatureKeyPair } = person(name, suite);
      return { credential, signatureKey: signatureKeyPair.publicKey };
    };
    const open = trio([writeExternalSenders([named("eve")])]);
    // Nobody vouches for eve any more.
    const strict: HandshakeOptions = {
      credentials: {
        ...credentials,
        isValid: ({ credential }) =>
          credential.type === "basic" && !sameBytes(credential.identity, utf8("eve")),
      },
    };
    const judge = (...senders: readonly ReturnType<typeof named>[]) => {
      const { commit } = commitBy(open.ada, open.adas, { proposals: [extensions(senders)] });
      return refusal(open.bens, commit, strict);
    };
    const [eve, fay] = [named("eve"), named("fay")];
    expect(judge(eve)).toBe(undefined);
    expect(judge()).toBe(undefined);
    expect(judge(fay)).toBe(undefined);
    // One who is good no more keeps nobody from naming another.
    expect(judge(eve, fay)).toBe(undefined);
    expect(judge({ ...eve, signatureKey: fay.signatureKey })).toBe("mls-external-sender-credential");
  });

  test("mls-proposal-psk-usage: a link to another group is of the founder's first commit only", () => {
    const nonce = new Uint8Array(32);
    const psk = { type: "resumption", usage: "branch", groupId: utf8("g"), epoch: 1n, nonce } as const;
    const link: Proposal = { type: "pre-shared-key", psk };
    const alone = groupOf(ada);
    const byFounder = commitBy(ada, alone, { proposals: [link], preSharedKeys: () => nonce });
    expect(byFounder.next.epoch).toBe(1n);
    // In epoch 0, but not a member's; and a member's of a group that is not new.
    const joining = {
      ...dan,
      credentials,
      groupInfo: groupInfoOf(alone, { external: true, withTree: true }),
    };
    expect(codeOf(() => stageExternalJoin({ ...joining, psks: [psk], preSharedKeys: () => nonce }))).toBe(
      "mls-proposal-psk-usage",
    );
    const crowded = { ...adas, epoch: 0n };
    expect(codeOf(() => commitBy(ada, crowded, { proposals: [link], preSharedKeys: () => nonce }))).toBe(
      "mls-proposal-psk-usage",
    );
    const later = { ...byFounder.next };
    expect(codeOf(() => commitBy(ada, later, { proposals: [link], preSharedKeys: () => nonce }))).toBe(
      "mls-proposal-psk-usage",
    );
  });

  test("resumption keys of the application are taken in any epoch, and in external commits", () => {
    const nonce = new Uint8Array(32);
    const groupId = adas.context.groupId;
    const psk = { type: "resumption", usage: "application", groupId, epoch: 1n, nonce } as const;
    const preSharedKeys = () => utf8("secret");
    const proposals = [{ type: "pre-shared-key", psk }] as const;
    const staged = commitBy(ada, adas, { proposals, preSharedKeys });
    expect(authenticatorOf(follow(bens, staged.commit, { preSharedKeys }))).toBe(
      authenticatorOf(staged.next),
    );
    const groupInfo = groupInfoOf(adas, { external: true, withTree: true });
    const joined = stageExternalJoin({ ...dan, credentials, groupInfo, psks: [psk], preSharedKeys });
    const accept = { preSharedKeys, acceptExternalCommits: true };
    expect(authenticatorOf(follow(bens, joined.commit, accept))).toBe(authenticatorOf(joined.next));
  });

  test("a commit brings fresh keys where it must, where it is asked to, and where its leaf changes", () => {
    const hasPath = (options: Partial<CommitOptions>) => {
      const message = decodeMessage(commitBy(ada, adas, options).commit);
      if (message.type !== "public-message") throw new Error("a commit is public");
      const { content } = message.publicMessage.content;
      return content.type === "commit" && content.commit.path !== undefined;
    };
    const proposals = [add(keyPackageOf(dan).keyPackage)];
    expect(hasPath({ proposals })).toBe(false);
    expect(hasPath({ proposals, forcePath: true })).toBe(true);
    expect(hasPath({ proposals, leaf: { extensions: [] } })).toBe(true);
    expect(hasPath({})).toBe(true);
  });

  test("mls-proposal-reinit-alone, mls-proposal-reinit-version", () => {
    const both = [reInit(), add(keyPackageOf(dan).keyPackage)];
    expect(refusal(bens, forgeCommit(adas, both))).toBe("mls-proposal-reinit-alone");
    expect(refusal(bens, forgeCommit(adas, [reInit(0)]))).toBe("mls-proposal-reinit-version");
  });

  test("mls-group-reinitialized: nothing more happens after a reinitialization", () => {
    const [a, b] = afterCommit([adas, bens, cais], ada, 0, { proposals: [reInit()] }) as [Group, Group];
    expect(refusal(b, forgeCommit(a, []))).toBe("mls-group-reinitialized");
    expect(codeOf(() => commitBy(ada, a))).toBe("mls-group-reinitialized");
    expect(codeOf(() => createProposal(a, remove(1)))).toBe("mls-group-reinitialized");
    expect(codeOf(() => protectMessage(a, utf8("late"), { random: ada.random }))).toBe(
      "mls-group-reinitialized",
    );
    const store = new StoredGroup();
    store.write(adas, a);
    store.write(undefined, a);
    expect(codeOf(() => commitBy(ada, restoreGroup(suite, store.records)))).toBe("mls-group-reinitialized");
  });

  test("mls-proposal-external-init: a member's external init", () => {
    const init: Proposal = { type: "external-init", kemOutput: new Uint8Array(32) };
    expect(refusal(bens, forgeCommit(adas, [init], honestPath()))).toBe("mls-proposal-external-init");
    expect(refusal(bens, createProposal(adas, init).message)).toBe("mls-proposal-external-init");
  });

  test("mls-unsupported-proposal: a type that nobody knows", () => {
    const message = createProposal(adas, remove(2)).message;
    // The type comes right before the leaf index, which precedes signature and tag.
    const at = message.length - 33 - 66 - 4 - 2;
    expect(message[at + 1]).toBe(3);
    expect(refusal(bens, message.with(at + 1, 99))).toBe("mls-unsupported-proposal");
  });

  test("mls-leaf-credential: of a committer who brings no new leaf, at the time of the commit", () => {
    const { keyPackage } = keyPackageOf(dan);
    const proposals = [{ type: "add", keyPackage }] as const;
    const ends = 1_500_000;
    const own = ada.credential;
    const judge: HandshakeOptions["credentials"] = {
      isValid: ({ credential, at = 0 }) => at < ends || !isSameCredential(credential, own),
    };
    const withoutPath = commitBy(ada, adas, { proposals }).commit;
    const receive = (commit: Uint8Array, now?: number) => () =>
      receiveHandshake(bens, commit, { credentials: judge, ...(now === undefined ? {} : { now }) });
    expect(receive(withoutPath)().kind).toBe("commit");
    expect(codeOf(receive(withoutPath, ends))).toBe("mls-leaf-credential");
  });

  test("mls-commit-path-missing: a commit that needs fresh keys and brings none", () => {
    expect(refusal(bens, forgeCommit(adas, []))).toBe("mls-commit-path-missing");
    expect(refusal(bens, forgeCommit(adas, [remove(2)]))).toBe("mls-commit-path-missing");
    expect(refusal(bens, forgeCommit(adas, [extensions()]))).toBe("mls-commit-path-missing");
    const update = receiveHandshake(bens, createUpdate(cais, { random: cai.random }).message, {
      credentials,
    });
    if (update.kind !== "proposal") throw new Error("an update was received as something else");
    const item = { type: "reference", reference: update.reference } as const;
    expect(refusal(update.group, forgeCommit(adas, [item]))).toBe("mls-commit-path-missing");
  });

  test("mls-update-key-unknown: a commit of the member's update whose keys are lost", () => {
    const created = createUpdate(bens, { random: ben.random });
    const atAda = follow(adas, created.message);
    const { commit } = commitBy(ada, atAda);
    expect(refusalByMember(follow(bens, created.message), commit)).toBe("mls-update-key-unknown");
    expect(refusalByMember(follow(created.group, created.message), commit)).toBe(undefined);
  });

  test("mls-pending-proposals: nothing is said while proposals wait", () => {
    const { atBen } = waiting(cais, remove(2));
    expect(codeOf(() => protectMessage(atBen, utf8("early"), { random: ben.random }))).toBe(
      "mls-pending-proposals",
    );
  });

  test("too-large: more waiting proposals than a group keeps", () => {
    const one = waiting(cais, remove(2)).atBen.pending[0];
    if (one === undefined) throw new Error("nothing waits");
    const pending = Array.from({ length: 1_024 }, (_, i) => ({
      ...one,
      reference: new Uint8Array(32).fill(i % 7),
    }));
    const full = { ...bens, pending };
    expect(
      codeOf(() => receiveHandshake(full, createProposal(cais, remove(0)).message, { credentials })),
    ).toBe("too-large");
  });
});

describe("key packages", () => {
  const { keyPackage } = keyPackageOf(dan);
  const signed = (change: Partial<KeyPackage>) =>
    signKeyPackage(suite, dan.signatureKeyPair.privateKey, { ...keyPackage, ...change });
  const refused = (changed: KeyPackage) => {
    expect(refusal(bens, createProposal(adas, add(changed)).message)).toBe(
      refusal(bens, forgeCommit(adas, [add(changed)])),
    );
    return refusal(bens, forgeCommit(adas, [add(changed)]));
  };

  test("mls-key-package-version: for another version", () => {
    expect(refused(signed({ version: 2 }))).toBe("mls-key-package-version");
  });

  test("mls-key-package-suite: for another cipher suite", () => {
    expect(refused(signed({ cipherSuite: 2 }))).toBe("mls-key-package-suite");
  });

  test("mls-key-package-signature: not signed by its client", () => {
    expect(refused({ ...keyPackage, initKey: keyPackageOf(dan).keyPackage.initKey })).toBe(
      "mls-key-package-signature",
    );
    expect(refused({ ...keyPackage, signature: new Uint8Array(0) })).toBe("mls-key-package-signature");
  });

  test("mls-key-package-init-key: an init key that is used twice or must not be used", () => {
    expect(refused(signed({ initKey: keyPackage.leafNode.encryptionKey }))).toBe("mls-key-package-init-key");
    expect(refused(signed({ initKey: new Uint8Array(32) }))).toBe("mls-key-package-init-key");
    expect(refused(signed({ initKey: new Uint8Array(0) }))).toBe("mls-key-package-init-key");
  });

  test("mls-leaf-source: the leaf of another kind of message", () => {
    expect(refused(keyPackageWith({ source: { type: "update" } }))).toBe("mls-leaf-source");
  });

  test("mls-leaf-lifetime: expired, where the time counts", () => {
    const over = keyPackageWith({
      source: { type: "key-package", lifetime: { notBefore: 1n, notAfter: 2n } },
    });
    const message = createProposal(adas, add(over)).message;
    expect(refusal(bens, message, { now: 3_000 })).toBe("mls-leaf-lifetime");
    expect(refusal(bens, message, { now: 2_999 })).toBe(undefined);
    expect(refusal(bens, message)).toBe(undefined);
    // One second is how long it lasts.
    expect(refusal(bens, message, { now: 1_500, longestLifetime: 0n })).toBe("mls-leaf-lifetime");
    expect(refusal(bens, message, { now: 1_500, longestLifetime: 1n })).toBe(undefined);
    expect(refusal(bens, forgeCommit(adas, [add(over)]), { now: 1_500, longestLifetime: 0n })).toBe(
      "mls-leaf-lifetime",
    );
    // What has expired while it waited is left out of commits.
    const waits = follow(adas, message);
    expect(commitBy(ada, waits, { now: 3_000 }).changes.added.length).toBe(0);
    expect(commitBy(ada, waits, { now: 2_000 }).changes.added.length).toBe(1);
  });
});

describe("external commits", () => {
  const groupInfo = groupInfoOf(adas, { external: true, withTree: true });
  const joining = { ...dan, groupInfo, credentials };
  const accept = { acceptExternalCommits: true };
  const joinerFrame = { frame: { sender: { type: "new-member-commit" } as const } };

  test("somebody joins, talks, and takes the place of a former self", () => {
    const joined = stageExternalJoin(joining);
    let [a, b, d] = [follow(adas, joined.commit, accept), follow(bens, joined.commit, accept), joined.next];
    expect(new Set([a, b, d].map(authenticatorOf)).size).toBe(1);
    expect(d.ownLeaf).toBe(3);
    const again = stageExternalJoin({
      ...joining,
      groupInfo: groupInfoOf(b, { external: true }),
      ratchetTree: encodeRatchetTree(b.tree),
      replaces: 3,
    });
    [a, b, d] = [follow(a, again.commit, accept), follow(b, again.commit, accept), again.next];
    expect(new Set([a, b, d].map(authenticatorOf)).size).toBe(1);
    expect(leafAt(d, 3)?.credential).toEqual(joining.credential);
  });

  test("mls-external-commit-refused: not taken unless the application says so", () => {
    expect(refusal(bens, stageExternalJoin(joining).commit)).toBe("mls-external-commit-refused");
    // Where only former members may come back, strangers may not.
    const resync = { acceptExternalCommits: "resync" } as const;
    expect(refusal(bens, stageExternalJoin(joining).commit, resync)).toBe("mls-external-commit-refused");
  });

  test("mls-external-commit-remove: somebody else is removed", () => {
    const { commit } = stageExternalJoin({ ...joining, replaces: 2 });
    expect(refusal(bens, commit, accept)).toBe("mls-leaf-successor");
    const anybody = { ...accept, credentials: { isValid: () => true } };
    expect(refusal(bens, commit, anybody)).toBe("mls-external-commit-remove");
  });

  test("mls-group-info-external-key: the group does not say how to join", () => {
    const closed = { ...joining, groupInfo: groupInfoOf(adas, { withTree: true }) };
    expect(codeOf(() => stageExternalJoin(closed))).toBe("mls-group-info-external-key");
  });

  test("mls-external-commit-init, -proposal, -reference, -remove: what an external commit may cover", () => {
    const path = joinerPath();
    const init: Proposal = { type: "external-init", kemOutput: new Uint8Array(32) };
    const { privateKey: signaturePrivateKey } = dan.signatureKeyPair;
    const forge = (proposals: Parameters<typeof forgeCommit>[1]) =>
      forgeCommit(adas, proposals, path, { ...joinerFrame, signaturePrivateKey });
    expect(refusal(bens, forge([]), accept)).toBe("mls-external-commit-init");
    expect(refusal(bens, forge([init, init]), accept)).toBe("mls-external-commit-init");
    expect(refusal(bens, forge([init, remove(1), remove(2)]), accept)).toBe("mls-external-commit-remove");
    expect(refusal(bens, forge([init, add(keyPackageOf(dan).keyPackage)]), accept)).toBe(
      "mls-external-commit-proposal",
    );
    const { item, atBen } = waiting(cais, add(keyPackageOf(dan).keyPackage));
    expect(refusal(atBen, forge([init, item]), accept)).toBe("mls-external-commit-reference");
    expect(refusal(bens, forge([init, item]), accept)).toBe("mls-proposal-unknown");
  });

  test("mls-external-init: a key that the group cannot open", () => {
    const init: Proposal = { type: "external-init", kemOutput: new Uint8Array(32) };
    const { privateKey: signaturePrivateKey } = dan.signatureKeyPair;
    const message = forgeCommit(adas, [init], joinerPath(), { ...joinerFrame, signaturePrivateKey });
    expect(refusalByMember(bens, message, accept)).toBe("mls-external-init");
  });

  test("mls-commit-path-missing: an external commit without a path", () => {
    const init: Proposal = { type: "external-init", kemOutput: new Uint8Array(32) };
    expect(refusal(bens, forgeCommit(adas, [init], undefined, joinerFrame), accept)).toBe(
      "mls-commit-path-missing",
    );
  });

  test("mls-new-member-proposal-refused: nobody proposes to be added, unless the application says so", () => {
    const bundle = keyPackageOf(dan);
    const frame = { sender: { type: "new-member-proposal" } as const };
    const { privateKey: signaturePrivateKey } = dan.signatureKeyPair;
    const content = { type: "proposal", proposal: add(bundle.keyPackage) } as const;
    const message = forgePublic(adas, content, { frame, signaturePrivateKey });
    expect(refusal(bens, message)).toBe("mls-new-member-proposal-refused");
    expect(refusal(bens, message, { acceptNewMemberProposals: true })).toBe(undefined);
    const stranger = forgePublic(adas, content, { frame });
    expect(refusal(bens, stranger, { acceptNewMemberProposals: true })).toBe("mls-content-signature");
  });

  function joinerPath() {
    return pathIn(stageExternalJoin(joining).commit);
  }
});

/** A path that ada could commit. */
function honestPath(): UpdatePath {
  return pathIn(commitBy(ada, adas).commit);
}

/** A key package of dan whose leaf says something else, signed as it should be. */
function keyPackageWith(change: Partial<LeafNodeContent>): KeyPackage {
  const { keyPackage } = keyPackageOf(dan);
  const { privateKey } = dan.signatureKeyPair;
  const place = { groupId: utf8("group"), leafIndex: 3 };
  const leafNode = signLeafNode(suite, privateKey, { ...keyPackage.leafNode, ...change }, place);
  return signKeyPackage(suite, privateKey, { ...keyPackage, leafNode });
}
