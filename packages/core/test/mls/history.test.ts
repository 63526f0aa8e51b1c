import fc from "fast-check";
import { expect, test } from "vitest";
import { hex } from "../../src/codec/hex.ts";
import { utf8 } from "../../src/codec/utf8.ts";
import { items } from "../../src/mls/sparse-array.ts";
import {
  type AppComponent,
  applyPublicHandshake,
  type CommitOptions,
  createProposal,
  createUpdate,
  decodeMessage,
  encodeMessage,
  encodeRatchetTree,
  type Group,
  groupInfoOf,
  type HandshakeOptions,
  leafIndexes,
  type Proposal,
  type PublicGroup,
  proposalTypes,
  protectMessage,
  publicGroupFrom,
  readAppDataDictionary,
  receiveHandshake,
  retiredSecrets,
  type StagedCommit,
  safeExportSecret,
  stageExternalJoin,
  unprotectMessage,
} from "../../src/mls.ts";
import { StoredGroup } from "./stored-group.ts";
import {
  authenticatorOf,
  codeOf,
  commitBy,
  credentials,
  groupOf,
  joinBy,
  keyPackageOf,
  type Person,
  person,
  suiteOf,
} from "./world.ts";

/** One thing that happens in a group; numbers are taken modulo what there is. */
type Step =
  | { readonly type: "add"; readonly by: number; readonly count: number; readonly forcePath: boolean }
  | { readonly type: "remove"; readonly by: number; readonly who: number }
  | { readonly type: "commit"; readonly by: number; readonly data?: number }
  | { readonly type: "propose"; readonly by: number; readonly what: Proposed; readonly who: number }
  | { readonly type: "join"; readonly by: number; readonly who: number }
  | { readonly type: "export"; readonly by: number; readonly component: number }
  | { readonly type: "message"; readonly by: number };

type Proposed = "update" | "remove" | "add" | (typeof extended)[number];
const extended = ["self-remove", "app-data", "no-data", "ephemeral"] as const;

const number = fc.nat(1_000);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    type: fc.constant("add" as const),
    by: number,
    count: fc.integer({ min: 1, max: 4 }),
    forcePath: fc.boolean(),
  }),
  fc.record({ type: fc.constant("remove" as const), by: number, who: number }),
  fc.record({ type: fc.constant("commit" as const), by: number }),
  fc.record({
    type: fc.constant("propose" as const),
    by: number,
    what: fc.constantFrom("update" as const, "remove" as const, "add" as const),
    who: number,
  }),
  fc.record({ type: fc.constant("message" as const), by: number }),
);

/** With what the extensions of MLS add, and people who join from outside. */
const everyStep: fc.Arbitrary<Step> = fc.oneof(
  step,
  fc.record({
    type: fc.constant("propose" as const),
    by: number,
    what: fc.constantFrom(...extended),
    who: number,
  }),
  fc.oneof(
    fc.record({ type: fc.constant("commit" as const), by: number, data: number }),
    fc.record({ type: fc.constant("join" as const), by: number, who: number }),
    fc.record({ type: fc.constant("export" as const), by: number, component: fc.nat(0xffff) }),
  ),
);

const componentId = 0x8001;
const types = (["self-remove", "app-data-update", "app-ephemeral"] as const).map(
  (type) => proposalTypes[type],
);
/** Keeps what it was told, one byte an update, and refuses to keep more than six. */
const component: AppComponent = {
  update(before = new Uint8Array(0), updates) {
    const told = Uint8Array.from([...before, ...updates.flatMap(({ data }) => [...data])]);
    return told.length > 6 ? undefined : told;
  },
  acceptRemoval: () => true,
  acceptEphemeral: () => true,
};
const options: HandshakeOptions = {
  credentials,
  acceptExternalCommits: true,
  components: new Map([[componentId, component]]),
};

function appData(told: number | undefined): Proposal {
  const update = told === undefined ? undefined : Uint8Array.of(told % 256);
  return { type: "app-data-update", componentId, update };
}

/** Whether the component takes no more. */
function isFull({ context }: PublicGroup): boolean {
  return readAppDataDictionary(context.extensions)?.get(componentId)?.length === 6;
}

interface Member {
  readonly person: Person;
  group: Group;
  readonly store: StoredGroup;
}

/** A group whose members process everything in one order, store every step and restart before every other one. */
class History {
  readonly #suite;
  #members: Member[];
  readonly #gone: Member[] = [];
  #follower: PublicGroup;
  #born = 1;
  #waiting: { person: Person; bundle: ReturnType<typeof keyPackageOf> }[] = [];
  #selfRemoves: Uint8Array[] = [];
  readonly #exported = new Set<number>();
  readonly #most: number;
  /** The last message, which whoever joins later must not be able to read. */
  #early: Uint8Array | undefined;
  /** The most members there were at one time. */
  largest = 1;

  constructor(suiteId: number, most = 16) {
    this.#most = most;
    this.#suite = suiteOf(suiteId);
    const founder = person("person 0", this.#suite, types);
    const group = groupOf(founder);
    const { secrets: _, ownLeaf: __, ...publicPart } = group;
    this.#follower = publicPart;
    this.#members = [this.#member(founder, group)];
  }

  run(one: Step): void {
    const by = this.#members[one.by % this.#members.length] as Member;
    if (one.type === "message") this.#message(by);
    else if (one.type === "propose") this.#propose(by, one.what, one.who);
    else if (one.type === "export") this.#export(one.component);
    else {
      if (one.type === "join") this.#join(by, one.who);
      else this.#commit(by, this.#optionsOf(one, by));
      this.#checkGone();
    }
    this.#check();
  }

  #optionsOf(one: Extract<Step, { type: "add" | "remove" | "commit" }>, by: Member): Partial<CommitOptions> {
    if (one.type === "commit") return one.data === undefined ? {} : { proposals: [appData(one.data)] };
    if (one.type === "remove") {
      const leaves = leafIndexes(by.group).filter((leaf) => leaf !== by.group.ownLeaf);
      const removed = leaves[one.who % leaves.length];
      return removed === undefined ? {} : { proposals: [{ type: "remove", removed }] };
    }
    const joiners = Array.from(
      { length: Math.min((one.count * this.#most) / 16, this.#most - this.#members.length) },
      () => this.#newcomer(),
    );
    this.#waiting.push(...joiners);
    const proposals = joiners.map(({ bundle }) => ({ type: "add", keyPackage: bundle.keyPackage }) as const);
    return { proposals, forcePath: one.forcePath };
  }

  #newcomer() {
    const joiner = person(`person ${this.#born++}`, this.#suite, types);
    return { person: joiner, bundle: keyPackageOf(joiner) };
  }

  #commit(by: Member, how: Partial<CommitOptions>): void {
    const authenticator = authenticatorOf(by.group);
    const stage = () => commitBy(by.person, by.group, { ...options, ...how });
    if (how.proposals?.[0]?.type === "app-data-update" && isFull(by.group)) {
      expect(codeOf(stage)).toMatch(/^mls-app-data-refused/);
      return;
    }
    const staged = stage();
    expect(authenticatorOf(by.group)).toBe(authenticator);
    const before = this.#receive(staged.commit, by, staged);
    for (const { person: joiner, bundle } of this.#waiting) {
      const isAdded = staged.changes.added.some(
        ({ leafNode }) =>
          leafNode.signatureKey === bundle.keyPackage.leafNode.signatureKey ||
          hex(leafNode.signatureKey) === hex(bundle.keyPackage.leafNode.signatureKey),
      );
      if (!isAdded) continue;
      const group = joinBy(joiner, bundle, staged);
      // Not even where the epoch number is changed: the keys are others.
      if (this.#early !== undefined) expectUnreadable(group, this.#early);
      this.#members.push(this.#member(joiner, group));
    }
    this.#begin(before);
  }

  /** Somebody comes from outside, in place of a member or as somebody new. */
  #join(by: Member, who: number): void {
    const former = this.#members[who % (2 * this.#members.length)];
    if (former === undefined && this.#members.length >= this.#most) return;
    const joiner = former?.person ?? this.#newcomer().person;
    const groupInfo = groupInfoOf(by.group, { external: true, withTree: true });
    const selfRemoves = this.#selfRemoves;
    const replaces = former?.group.ownLeaf;
    const joined = stageExternalJoin({ ...joiner, ...options, groupInfo, selfRemoves, replaces });
    const before = this.#receive(joined.commit);
    if (this.#early !== undefined) expectUnreadable(joined.next, this.#early);
    this.#members.push(this.#member(joiner, joined.next));
    this.#begin(before);
  }

  /** Everybody but the one who has made it receives a commit; the groups before of those who stay. */
  #receive(commit: Uint8Array, by?: Member, staged?: StagedCommit): Group[] {
    const before: Group[] = [];
    this.#follower = applyPublicHandshake(this.#follower, commit, options).group;
    for (const gone of this.#gone) {
      expect(codeOf(() => receiveHandshake(gone.group, commit, options))).toMatch(/^mls-/);
    }
    this.#members = this.#members.filter((member) => {
      if (member === by && staged !== undefined) {
        before.push(member.group);
        this.#take(member, staged.next);
        return true;
      }
      const received = receiveHandshake(member.group, commit, options);
      if (received.kind !== "commit") throw new Error("a commit was received as something else");
      if (staged !== undefined) {
        expect(received.changes.added).toEqual(staged.changes.added);
        expect(received.changes.proposals).toEqual(staged.changes.proposals);
      }
      if (received.group === undefined) {
        this.#gone.push(member);
        return false;
      }
      before.push(member.group);
      this.#take(member, received.group);
      return true;
    });
    return before;
  }

  #begin(before: readonly Group[]): void {
    this.largest = Math.max(this.largest, this.#members.length);
    this.#waiting = [];
    this.#selfRemoves = [];
    this.#exported.clear();
    // Nobody who stays needs the secrets of the epoch before: overwriting them must not hurt the new one. Those who are
    // gone keep theirs, which must be of no use.
    const live = this.#members.map(({ group }) => group);
    for (const old of before) for (const secret of retiredSecrets(old, ...live)) secret.fill(0);
  }

  /** Each member takes the secret of a component and stores that it has; and somebody begins to follow the group. */
  #export(component: number): void {
    const secrets = this.#members.map((member) => {
      if (this.#exported.has(component)) {
        expect(codeOf(() => safeExportSecret(member.group, component))).toMatch(/^mls-export-used/);
        return "";
      }
      const { group, secret, consumed } = safeExportSecret(member.group, component);
      this.#take(member, group, consumed);
      return hex(secret);
    });
    expect(new Set(secrets).size).toBe(1);
    this.#exported.add(component);
    const groupInfo = groupInfoOf((this.#members[0] as Member).group, { withTree: true });
    const { context, interimTranscriptHash } = publicGroupFrom({ suite: this.#suite, groupInfo, ...options });
    expect(this.#follower).toMatchObject({ context, interimTranscriptHash });
  }

  #propose(by: Member, what: Proposed, who: number): void {
    const isLeaving = by.group.pending.some(
      ({ proposal, sender }) => proposal.type === "self-remove" && sender === by.group.ownLeaf,
    );
    if (what === "self-remove" && isLeaving) {
      expect(codeOf(() => this.#proposal(by, what, who))).toMatch(/^mls-proposal-self-remove-twice/);
      return;
    }
    const created = this.#proposal(by, what, who);
    if (what === "self-remove") this.#selfRemoves.push(created.message);
    this.#take(by, created.group);
    this.#follower = applyPublicHandshake(this.#follower, created.message, options).group;
    for (const member of this.#members) {
      const received = receiveHandshake(member.group, created.message, options);
      if (received.kind !== "proposal") throw new Error("a proposal was received as something else");
      this.#take(member, received.group);
    }
  }

  #proposal(by: Member, what: Proposed, who: number) {
    if (what === "self-remove") return createProposal(by.group, { type: what });
    if (what === "app-data") return createProposal(by.group, appData(who));
    if (what === "no-data") return createProposal(by.group, appData(undefined));
    if (what === "ephemeral") {
      return createProposal(by.group, { type: "app-ephemeral", componentId, data: Uint8Array.of(who % 256) });
    }
    if (what === "update") return createUpdate(by.group, { random: by.person.random });
    if (what === "remove") {
      const leaves = leafIndexes(by.group);
      return createProposal(by.group, { type: "remove", removed: leaves[who % leaves.length] ?? 0 });
    }
    const joiner = this.#newcomer();
    this.#waiting.push(joiner);
    return createProposal(by.group, { type: "add", keyPackage: joiner.bundle.keyPackage });
  }

  #message(by: Member): void {
    if (by.group.pending.length > 0) {
      expect(codeOf(() => protectMessage(by.group, utf8("too early"), { random: by.person.random }))).toBe(
        "mls-pending-proposals",
      );
      return;
    }
    const text = utf8(`said by ${by.person.name} in epoch ${by.group.epoch}`);
    const sent = protectMessage(by.group, text, { random: by.person.random, paddedLength: 256 });
    this.#take(by, sent.group, sent.consumed);
    for (const member of this.#members) {
      if (member === by) {
        expect(codeOf(() => unprotectMessage(member.group, sent.message))).toBe("mls-own-message");
        continue;
      }
      const opened = unprotectMessage(member.group, sent.message);
      expect(opened.data).toEqual(text);
      expect(opened.sender).toBe(by.group.ownLeaf);
      this.#take(member, opened.group, opened.consumed);
      expect(codeOf(() => unprotectMessage(member.group, sent.message))).toBe("mls-generation-used");
    }
    for (const gone of this.#gone) {
      expect(codeOf(() => unprotectMessage(gone.group, sent.message))).toMatch(/^mls-epoch-/);
      expectUnreadable(gone.group, sent.message);
    }
    this.#early = sent.message;
  }

  #check(): void {
    const live = this.#members.map(({ group }) => group);
    expect(new Set(live.map(authenticatorOf)).size).toBe(1);
    const hashes = [...live, this.#follower].map(({ context, epoch, pending }) => [
      epoch,
      hex(context.treeHash),
      hex(context.confirmedTranscriptHash),
      context.extensions,
      pending.map(({ reference }) => hex(reference)),
    ]);
    for (const one of hashes) expect(one).toEqual(hashes[0]);
    expect(hex(this.#follower.interimTranscriptHash)).toBe(
      hex(live[0]?.interimTranscriptHash ?? new Uint8Array()),
    );
  }

  /** None of the keys of somebody who is gone opens anything that is encrypted to the tree. */
  #checkGone(): void {
    const tree = hex(encodeRatchetTree(this.#follower.tree));
    for (const { group } of this.#gone) {
      for (const [, privateKey] of items(group.secrets.open().privateKeys)) {
        const publicKey = this.#suite.kem.publicKey(privateKey);
        expect(publicKey === undefined || tree.includes(hex(publicKey))).toBe(false);
      }
    }
  }

  /** Stores a step and goes on with what a restart would find. */
  #take(member: Member, after: Group, consumed: readonly Uint8Array[] = []): void {
    member.store.write(member.group, after);
    for (const secret of consumed) secret.fill(0);
    const whole = new StoredGroup();
    whole.write(undefined, after);
    expect(new Map([...member.store.records].sort())).toEqual(new Map([...whole.records].sort()));
    member.group =
      (member.person.random(1)[0] as number) % 2 === 0 ? member.store.restore(this.#suite) : after;
  }

  #member(owner: Person, group: Group): Member {
    const store = new StoredGroup();
    store.write(undefined, group);
    return { person: owner, group, store };
  }
}

/** A message as if it were of the group's own epoch: what is in it has to stay hidden all the same. */
function expectUnreadable(group: Group, message: Uint8Array): void {
  const decoded = decodeMessage(message);
  if (decoded.type !== "private-message") throw new Error("application data is encrypted");
  const privateMessage = { ...decoded.privateMessage, epoch: group.epoch };
  const renumbered = encodeMessage({ type: "private-message", privateMessage });
  expect(codeOf(() => unprotectMessage(group, renumbered))).toBe("mls-sender-data");
}

test("random histories of up to 64 members converge", () => {
  let largest = 0;
  fc.assert(
    fc.property(fc.array(step, { minLength: 12, maxLength: 20 }), (steps) => {
      const history = new History(1, 64);
      for (const one of steps) history.run(one);
      largest = Math.max(largest, history.largest);
    }),
    { seed: 3, numRuns: 3 },
  );
  expect(largest).toBeGreaterThan(32);
}, 300_000);

test.each([1, 2, 3])(
  "random histories of up to 16 members converge, suite %i",
  (suiteId) => {
    fc.assert(
      fc.property(fc.array(everyStep, { minLength: 5, maxLength: 30 }), (steps) => {
        const history = new History(suiteId);
        for (const one of steps) history.run(one);
      }),
      { seed: 7, numRuns: suiteId === 1 ? 15 : 5 },
    );
  },
  300_000,
);
