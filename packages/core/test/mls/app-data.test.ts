import { describe, expect, test } from "vitest";
import { utf8 } from "../../src/codec/utf8.ts";
import {
  type AppComponent,
  applyPublicHandshake,
  createExternalProposal,
  createProposal,
  decodeMessage,
  type Extension,
  type Group,
  groupInfoOf,
  type HandshakeOptions,
  type Proposal,
  proposalTypes,
  readAppDataDictionary,
  receiveHandshake,
  stageExternalJoin,
  writeAppDataDictionary,
  writeExternalSenders,
  writeRequiredCapabilities,
} from "../../src/mls.ts";
import { commitIn, forgeCommit } from "./forge.ts";
import { follow as followed, publicPartOf, refusal as refused, trio } from "./trio.ts";
import { authenticatorOf, codeOf, commitBy, credentials, keyPackageOf, person, suiteOf } from "./world.ts";

const types = [proposalTypes["app-data-update"], proposalTypes["app-ephemeral"]];
const counterId = 0x8001;
const boardId = 0x8002;

/** Adds up what it is told and refuses to go over 100. */
const counter: AppComponent = {
  update(before, updates) {
    const sum = updates.reduce((total, { data }) => total + (data[0] ?? 0), before?.[0] ?? 0);
    return sum > 100 ? undefined : Uint8Array.of(sum);
  },
  acceptRemoval: () => true,
};
/** Keeps the last word of members, nobody else's, and takes announcements that are not empty. */
const board: AppComponent = {
  update: (_, updates) =>
    updates.every(({ sender }) => sender !== undefined) ? updates.at(-1)?.data : undefined,
  acceptRemoval: (_, sender) => sender === 0,
  acceptEphemeral: ({ data }) => data.length > 0,
};
const options: HandshakeOptions = {
  credentials,
  acceptExternalCommits: true,
  components: new Map([
    [counterId, counter],
    [boardId, board],
  ]),
};

const add = (number: number): Proposal => updating(counterId, Uint8Array.of(number));
const write = (text: string): Proposal => updating(boardId, utf8(text));
const clear = (componentId: number): Proposal => updating(componentId, undefined);
const announce = (text: string, componentId = boardId): Proposal => ({
  type: "app-ephemeral",
  componentId,
  data: utf8(text),
});

function updating(componentId: number, update: Uint8Array | undefined): Proposal {
  return { type: "app-data-update", componentId, update };
}

const follow = (group: Group, message: Uint8Array): Group => followed(group, message, options);
const refusal = (group: Group, message: Uint8Array, change: Partial<HandshakeOptions> = {}) =>
  refused(group, message, { ...options, ...change });
const commit = (owner: typeof ada, group: Group, proposals: readonly Proposal[] = []) =>
  commitBy(owner, group, { ...options, proposals });

/** What the group says about each component. */
function dataOf(group: { readonly context: { readonly extensions: readonly Extension[] } }) {
  return readAppDataDictionary(group.context.extensions);
}

const { ada, adas, bens, cais } = trio([], 1, types);

/** The groups after a commit of ada, which member and follower take. */
function after(proposals: readonly Proposal[], before = { a: adas, b: bens }) {
  const staged = commit(ada, before.a, proposals);
  const b = follow(before.b, staged.commit);
  expect(authenticatorOf(b)).toBe(authenticatorOf(staged.next));
  const outside = applyPublicHandshake(publicPartOf(before.b), staged.commit, options);
  expect(outside.group).toEqual(publicPartOf(b));
  return { a: staged.next, b, changes: staged.changes, commit: staged.commit };
}

describe("updates of applications' data", () => {
  test("are made by the component of all who apply the commit, without a path, in its order", () => {
    const first = after([add(1), write("one"), add(2), write("two")]);
    expect(dataOf(first.b)).toEqual(
      new Map([
        [counterId, Uint8Array.of(3)],
        [boardId, utf8("two")],
      ]),
    );
    expect(first.b.context.extensions.map(({ type }) => type)).toEqual([6]);
    expect(commitIn(first.commit).path).toBe(undefined);
    const second = after([add(4), clear(boardId)], first);
    expect(dataOf(second.b)).toEqual(new Map([[counterId, Uint8Array.of(7)]]));
    const third = after([clear(counterId)], second);
    expect(dataOf(third.b)).toEqual(new Map());
  });

  test("are handed on to whoever joins", () => {
    const eva = person("eva", suiteOf(1), types);
    const bundle = keyPackageOf(eva);
    const { next } = commit(ada, adas, [write("hello"), { type: "add", keyPackage: bundle.keyPackage }]);
    expect(dataOf(next)).toEqual(new Map([[boardId, utf8("hello")]]));
    const groupInfo = groupInfoOf(next, { external: true, withTree: true });
    const joined = stageExternalJoin({ ...person("dan", suiteOf(1), types), ...options, groupInfo });
    expect(dataOf(joined.next)).toEqual(new Map([[boardId, utf8("hello")]]));
  });

  test("of several members are taken together, in the order they came, before the committer's own", () => {
    const sent = [
      createProposal(bens, write("ben")).message,
      createProposal(cais, add(40)).message,
      createProposal(bens, add(50)).message,
    ];
    const [a, b] = [adas, bens].map((group) => sent.reduce(follow, group)) as [Group, Group];
    const { changes, ...both } = after([write("ada"), add(5)], { a, b });
    expect(dataOf(both.b)).toEqual(
      new Map([
        [counterId, Uint8Array.of(95)],
        [boardId, utf8("ada")],
      ]),
    );
    expect(changes.proposals.map(({ sender }) => sender)).toEqual([1, 2, 1, 0, 0]);
  });

  test("that do not go together are left out of the commit, the later ones first", () => {
    const sent = [60, 50, 30].map((number) => createProposal(bens, add(number)).message);
    sent.push(createProposal(cais, clear(counterId)).message, createProposal(cais, write("kept")).message);
    const start = after([add(0)]);
    const at = (group: Group) => sent.map((message) => renewed(message, group));
    const [a, b] = [start.a, start.b].map((group) => at(start.b).reduce(follow, group)) as [Group, Group];
    const chosen = after([add(1)], { a, b });
    expect(dataOf(chosen.b)).toEqual(
      new Map([
        [counterId, Uint8Array.of(91)],
        [boardId, utf8("kept")],
      ]),
    );
    const cleared = after([clear(counterId)], { a, b });
    expect(dataOf(cleared.b)).toEqual(new Map([[boardId, utf8("kept")]]));
  });

  test("go along with new extensions of the group, and come after them", () => {
    const extensions = [writeAppDataDictionary(new Map([[counterId, Uint8Array.of(90)]]))];
    const replaced = after([add(5), { type: "group-context-extensions", extensions }]);
    expect(dataOf(replaced.b)).toEqual(new Map([[counterId, Uint8Array.of(95)]]));
  });

  test("come from external senders and from those who join from outside, where components take them", () => {
    const outsider = person("outsider", suiteOf(1));
    const { credential, signatureKeyPair } = outsider;
    const senders = writeExternalSenders([{ signatureKey: signatureKeyPair.publicKey, credential }]);
    const open = trio([senders], 1, types);
    const message = createExternalProposal(open.adas, add(7), {
      senderIndex: 0,
      signaturePrivateKey: signatureKeyPair.privateKey,
    });
    const { changes } = after([], { a: follow(open.adas, message), b: follow(open.bens, message) });
    expect(changes.proposals).toEqual([{ proposal: add(7), sender: undefined }]);

    const groupInfo = groupInfoOf(adas, { external: true, withTree: true });
    const joining = { ...person("dan", suiteOf(1), types), ...options, groupInfo };
    const joined = stageExternalJoin({
      ...joining,
      proposals: [{ type: "app-data-update", componentId: counterId, update: Uint8Array.of(8) }],
    });
    const b = follow(bens, joined.commit);
    expect(dataOf(b)).toEqual(new Map([[counterId, Uint8Array.of(8)]]));
    expect(authenticatorOf(b)).toBe(authenticatorOf(joined.next));
    const refusedInput = { type: "app-data-update", componentId: boardId, update: utf8("hi") } as const;
    expect(codeOf(() => stageExternalJoin({ ...joining, proposals: [refusedInput] }))).toBe(
      "mls-app-data-refused",
    );
  });

  test("and what a component returns is copied", () => {
    const shared = Uint8Array.of(1, 2, 3);
    const components = new Map([[counterId, { update: () => shared }]]);
    const staged = commitBy(ada, adas, { ...options, components, proposals: [add(1)] });
    shared.fill(0);
    expect(dataOf(staged.next)).toEqual(new Map([[counterId, Uint8Array.of(1, 2, 3)]]));
  });
});

describe("data that goes with a commit", () => {
  test("reaches all, changes nothing, and comes without a path", () => {
    const { message } = createProposal(bens, announce("from ben"));
    const sent = after([announce("from ada")], { a: follow(adas, message), b: follow(bens, message) });
    expect(sent.changes.proposals.map(({ proposal, sender }) => [sender, proposal])).toEqual([
      [1, announce("from ben")],
      [0, announce("from ada")],
    ]);
    expect(sent.b.context.extensions).toEqual([]);
    expect(commitIn(sent.commit).path).toBe(undefined);
  });

  test("mls-app-ephemeral-refused: that the component does not take", () => {
    const refusedData = announce("");
    expect(refusal(bens, forgeCommit(adas, [refusedData]))).toBe("mls-app-ephemeral-refused");
    expect(refusal(bens, forgeCommit(adas, [announce("to a counter", counterId)]))).toBe(
      "mls-app-ephemeral-refused",
    );
    expect(refusal(bens, createProposal(adas, refusedData).message)).toBe("mls-app-ephemeral-refused");
    expect(codeOf(() => commit(ada, adas, [refusedData]))).toBe("mls-app-ephemeral-refused");
  });
});

describe("what is refused", () => {
  test("mls-component-unknown: of a component that the application does not know", () => {
    const proposals = [updating(0x9000, utf8("?")), announce("?", 0x9000)];
    for (const proposal of proposals) {
      expect(refusal(bens, forgeCommit(adas, [proposal]))).toBe("mls-component-unknown");
      expect(refusal(bens, createProposal(adas, proposal).message)).toBe("mls-component-unknown");
      expect(codeOf(() => commit(ada, adas, [proposal]))).toBe("mls-component-unknown");
    }
    expect(refusal(bens, forgeCommit(adas, [add(1)]), { components: undefined })).toBe(
      "mls-component-unknown",
    );
  });

  test("mls-app-data-mixed: removed twice, or removed and updated", () => {
    const { a, b } = after([add(1)]);
    const twice = [clear(counterId), clear(counterId)];
    for (const proposals of [twice, [clear(counterId), add(1)], [add(1), clear(counterId)]]) {
      expect(refusal(b, forgeCommit(a, proposals))).toBe("mls-app-data-mixed");
      expect(codeOf(() => commit(ada, a, proposals))).toBe("mls-app-data-mixed");
    }
  });

  test("mls-app-data-absent: removed where there is none", () => {
    expect(refusal(bens, forgeCommit(adas, [clear(counterId)]))).toBe("mls-app-data-absent");
    expect(codeOf(() => commit(ada, adas, [clear(counterId)]))).toBe("mls-app-data-absent");
    // A proposal of it waits for nothing: no commit takes it.
    const { message } = createProposal(bens, clear(counterId));
    const { changes } = after([], { a: follow(adas, message), b: follow(bens, message) });
    expect(changes.proposals).toEqual([]);
  });

  test("mls-app-data-refused: an update, or a removal, that the component does not take", () => {
    expect(refusal(bens, forgeCommit(adas, [add(60), add(41)]))).toBe("mls-app-data-refused");
    expect(codeOf(() => commit(ada, adas, [add(101)]))).toBe("mls-app-data-refused");
    const { a, b } = after([write("by ada")]);
    expect(codeOf(() => commit(ada, a, [clear(boardId)]))).toBe(undefined);
    expect(refusal(a, forgeCommit(b, [clear(boardId)]))).toBe("mls-app-data-refused");
    // What a component does not say it takes, it refuses.
    const silent = { components: new Map([[counterId, {}]]) };
    expect(refusal(bens, forgeCommit(adas, [add(1)]), silent)).toBe("mls-app-data-refused");
    const removal = { components: new Map([[boardId, { update: () => utf8("x") }]]) };
    expect(refusal(b, forgeCommit(a, [clear(boardId)]), removal)).toBe("mls-app-data-refused");
  });

  test("mls-proposal-extensions-app-data: replaced where all have to be able to update it", () => {
    const required = writeRequiredCapabilities({ extensions: [], proposals: types, credentials: [] });
    const data = writeAppDataDictionary(new Map([[counterId, Uint8Array.of(1)]]));
    const replacing = (...extensions: readonly Extension[]): Proposal => ({
      type: "group-context-extensions",
      extensions,
    });
    const strict = trio([required, data], 1, types);
    const other = writeAppDataDictionary(new Map([[counterId, Uint8Array.of(2)]]));
    for (const proposal of [replacing(required), replacing(required, other), replacing(other)]) {
      expect(codeOf(() => commit(ada, strict.adas, [proposal]))).toBe("mls-proposal-extensions-app-data");
      expect(refusal(strict.bens, createProposal(strict.adas, proposal).message)).toBe(
        "mls-proposal-extensions-app-data",
      );
    }
    const without = trio([required], 1, types);
    expect(codeOf(() => commit(ada, without.adas, [replacing(required, data)]))).toBe(
      "mls-proposal-extensions-app-data",
    );
    // All else may change, also together with updates.
    const proposals = [replacing(data), add(2)];
    const changed = after(proposals, { a: strict.adas, b: strict.bens });
    expect(dataOf(changed.b)).toEqual(new Map([[counterId, Uint8Array.of(3)]]));
    expect(codeOf(() => commit(ada, adas, [replacing(other)]))).toBe(undefined);
  });

  test("mls-proposal-support: where a member does not know of such proposals", () => {
    const old = trio();
    for (const proposal of [add(1), announce("hi")]) {
      expect(refusal(old.bens, forgeCommit(old.adas, [proposal]))).toBe("mls-proposal-support");
      expect(codeOf(() => commit(ada, old.adas, [proposal]))).toBe("mls-proposal-support");
      expect(codeOf(() => createProposal(old.adas, proposal))).toBe("mls-proposal-support");
    }
    // Who is added need not know of it, and neither must who is removed.
    const eva = keyPackageOf(person("eva", suiteOf(1))).keyPackage;
    const grown = after([{ type: "add", keyPackage: eva }, add(1)]);
    expect(codeOf(() => commit(ada, grown.a, [add(1)]))).toBe("mls-proposal-support");
    after([{ type: "remove", removed: 3 }, add(1)], grown);
  });

  test("mls-proposal-extensions-support: where a member does not support the extension that holds it", () => {
    const [owner, other] = ["ada", "ben"].map((name) => person(name, suiteOf(1), types));
    if (owner === undefined || other?.capabilities === undefined) throw new Error("there are two");
    const poor = { ...other, capabilities: { ...other.capabilities, extensions: [] } };
    const bundle = keyPackageOf(poor);
    const { next } = commit(owner, trio([], 1, types).adas, [
      { type: "remove", removed: 1 },
      { type: "add", keyPackage: bundle.keyPackage },
    ]);
    expect(codeOf(() => commit(owner, next, [add(1)]))).toBe("mls-proposal-extensions-support");
    expect(codeOf(() => commit(owner, next, [announce("hi")]))).toBe(undefined);
  });

  test("malformed: a dictionary that is not in order", () => {
    const data = Uint8Array.of(6, 0x80, 2, 0, 0x80, 1, 0);
    const proposal = { type: "group-context-extensions", extensions: [{ type: 6, data }] } as const;
    expect(refusal(bens, createProposal(adas, proposal).message)).toBe("malformed");
  });

  test("too-large: data of more components than a group can have", () => {
    const many = Array.from({ length: 1_025 }, (_, at) => updating(0x8000 + at, new Uint8Array(0)));
    const components = new Map(many.map((_, at) => [0x8000 + at, { update: () => new Uint8Array(0) }]));
    expect(refusal(bens, forgeCommit(adas, many), { components })).toBe("too-large");
    const proposals = many.slice(1);
    expect(dataOf(commitBy(ada, adas, { ...options, components, proposals }).next)?.size).toBe(1_024);
  });

  test("whatever a component throws, and the group is as it was", () => {
    const failing = { update: () => expect.fail("a fault of the application") };
    const components = new Map([[counterId, failing]]);
    const { commit: message } = commit(ada, adas, [add(1)]);
    expect(() => receiveHandshake(bens, message, { ...options, components })).toThrow("a fault");
    expect(dataOf(follow(bens, message))).toEqual(new Map([[counterId, Uint8Array.of(1)]]));
  });
});

/** The same proposal in the epoch of another group of its sender. */
function renewed(message: Uint8Array, group: Group): Uint8Array {
  const decoded = decodeMessage(message);
  const content = decoded.type === "public-message" ? decoded.publicMessage.content.content : undefined;
  if (content?.type !== "proposal") throw new Error("this is no proposal");
  return createProposal(group, content.proposal).message;
}
