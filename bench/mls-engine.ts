import { systemRandom } from "@readback/core";
import {
  type CipherSuite,
  type CryptoProvider,
  defaultCryptoProvider,
  deferSignatures,
} from "@readback/core/crypto";
import {
  type CredentialValidator,
  createGroup,
  createKeyPackage,
  decodeKeyPackage,
  type Group,
  groupInfoOf,
  groupRecords,
  joinGroup,
  type KeyPackageBundle,
  protectMessage,
  receiveHandshake,
  restoreGroup,
  stageCommit,
  stageExternalJoin,
  unprotectMessage,
} from "@readback/core/mls";
import type { Batch } from "./interleave.ts";
import type { Contestant, LargeGroup, WarmGroup } from "./mls-contestant.ts";

const random = systemRandom;
const data = random(100);
const credentials: CredentialValidator = {
  isValid: ({ credential }) => credential.type === "basic",
  isSuccessor: () => true,
};

/** `@readback/core/mls`, used as an application would: used keys are overwritten. */
export function engine(suiteId: 1 | 2, provider: CryptoProvider = defaultCryptoProvider()): Contestant {
  const suite = provider.suite(suiteId);
  if (suite === undefined) throw new Error(`There is no suite ${suiteId}.`);
  return {
    setUp() {
      const creator = createGroup({ ...member(suite, "ada"), suite, groupId: random(32), random });
      const bundle = createKeyPackage({ ...member(suite, "ben"), suite, random });
      const staged = stageCommit(creator, { random, credentials, proposals: [adding(bundle.bytes)] });
      const { group } = joinGroup({ suite, welcome: staged.welcome as Uint8Array, bundle, credentials });
      const { message } = protectMessage(staged.next, data, { random });
      unprotectMessage(group, message);
    },
    group: async (size) => largeGroup(suite, size),
    warmGroup: async (size) => warmGroup(suite, size),
  };
}

function largeGroup(suite: CipherSuite, size: number): LargeGroup {
  const creator = createGroup({ ...member(suite, nameOf(0)), suite, groupId: random(32), random });
  const bundles = Array.from({ length: size - 1 }, (_, index) =>
    createKeyPackage({ ...member(suite, nameOf(index + 1)), suite, random }),
  );
  const addAll = () =>
    stageCommit(creator, { random, credentials, proposals: bundles.map(({ bytes }) => adding(bytes)) });
  const { next: sender, welcome = new Uint8Array(0), commit } = addAll();
  const joined = (bundle = bundles.at(-1), joinersSuite = suite): Group =>
    joinGroup({ suite: joinersSuite, welcome, bundle: bundle as KeyPackageBundle, credentials }).group;
  const receiver = joined();
  const newcomer = createKeyPackage({ ...member(suite, nameOf(size)), suite, random });
  const commitOf = (proposals: Parameters<typeof stageCommit>[1]["proposals"]) =>
    stageCommit(sender, { random, credentials, proposals });
  const add = commitOf([adding(newcomer.bytes)]);
  const records = recordsOf(receiver);
  return {
    addAll: () => void addAll(),
    join: () => void joined(),
    async joinAhead() {
      const { suites, ahead } = deferSignatures([suite]);
      const verified: Promise<void>[] = [];
      const join = ahead(
        () => joined(bundles.at(-1), suites[0]),
        (check) => verified.push(new Promise((done) => check.start(done))),
      );
      await Promise.all(verified);
      join.finish();
    },
    process: (commit) => void receiveHandshake(receiver, commit, { credentials }),
    commits: {
      add: add.commit,
      remove: size > 2 ? commitOf([{ type: "remove", removed: size >>> 1 }]).commit : add.commit,
      update: commitOf([]).commit,
    },
    sizes: {
      keyPackage: newcomer.bytes.length,
      commit: commit.length,
      welcome: welcome.length,
      welcomeOfOne: add.welcome?.length ?? 0,
    },
    messages: () => messages(sender, receiver),
    catchUp: async (senders, count) =>
      catchUp([sender, ...bundles.slice(0, senders - 1).map((bundle) => joined(bundle))], receiver, count),
    save: () => void groupRecords(undefined, receiver),
    restore: () => void restoreGroup(suite, records),
    stateSize: sizeOf(groupRecords(undefined, receiver)),
    messageSize: messageSize(sender, receiver),
  };
}

function warmGroup(suite: CipherSuite, size: number): WarmGroup {
  let founder = createGroup({ ...member(suite, nameOf(0)), suite, groupId: random(32), random });
  let last = founder;
  for (let index = 1; index < size; index++) {
    const groupInfo = groupInfoOf(founder, { withTree: true, external: true });
    const newcomer = member(suite, nameOf(index));
    const { next, commit } = stageExternalJoin({ ...newcomer, suite, groupInfo, credentials, random });
    last = next;
    const received = receiveHandshake(founder, commit, { credentials, acceptExternalCommits: true });
    if (received.kind !== "commit" || received.group === undefined) throw new Error("This is no commit.");
    founder = received.group;
  }
  const update = () => stageCommit(last, { random, credentials }).commit;
  const commit = update();
  return {
    update: () => void update(),
    processUpdate: () => void receiveHandshake(founder, commit, { credentials }),
    updateSize: commit.length,
  };
}

/** One member sends, another one receives what was sent, in order. */
function messages(sender: Group, receiver: Group): Record<"encrypt" | "decrypt", Batch> {
  let [from, to] = [sender, receiver];
  let sent: Uint8Array[] = [];
  return {
    encrypt(count) {
      sent = [];
      for (let i = 0; i < count; i++) {
        const { message, group } = protect(from);
        sent.push(message);
        from = group;
      }
    },
    decrypt() {
      for (const message of sent) to = unprotect(to, message);
    },
  };
}

function catchUp(senders: Group[], receiver: Group, count: number): Batch {
  const sent = Array.from({ length: count }, (_, index) => {
    const at = index % senders.length;
    const { message, group } = protect(senders[at] as Group);
    senders[at] = group;
    return message;
  });
  let to = receiver;
  return (some) => {
    for (const message of sent.splice(0, some)) to = unprotect(to, message);
  };
}

function protect(group: Group): { message: Uint8Array; group: Group } {
  const sent = protectMessage(group, data, { random });
  for (const secret of sent.consumed) secret.fill(0);
  return sent;
}

function unprotect(group: Group, message: Uint8Array): Group {
  const received = unprotectMessage(group, message);
  for (const secret of received.consumed) secret.fill(0);
  return received.group;
}

function messageSize(sender: Group, receiver: Group): number {
  const first = protectMessage(sender, data, { random });
  const second = protectMessage(first.group, data, { random });
  const before = unprotectMessage(receiver, first.message).group;
  return sizeOf(groupRecords(before, unprotectMessage(before, second.message).group));
}

/** Names and values. */
function sizeOf(changes: ReturnType<typeof groupRecords>): number {
  return changes.reduce(
    (sum, change) => sum + ("put" in change ? change.put.length + change.value.length : 0),
    0,
  );
}

/** From the bytes, as key packages come: nothing of one that was decoded is known yet. */
function adding(keyPackage: Uint8Array) {
  return { type: "add", keyPackage: decodeKeyPackage(keyPackage) } as const;
}

function recordsOf(group: Group): Map<string, Uint8Array> {
  return new Map(
    groupRecords(undefined, group).flatMap((change) =>
      "put" in change ? [[change.put, change.value] as const] : [],
    ),
  );
}

function nameOf(index: number): string {
  return `member-${index.toString().padStart(5, "0")}`;
}

function member(suite: CipherSuite, name: string) {
  return {
    credential: { type: "basic", identity: new TextEncoder().encode(name) } as const,
    signatureKeyPair: suite.signature.deriveKeyPair(random(suite.signature.seedSize)),
    lifetime: { notBefore: 0n, notAfter: 0xffff_ffff_ffff_ffffn },
    capabilities: {
      versions: [1],
      cipherSuites: [suite.id],
      extensions: [],
      proposals: [],
      credentials: [1],
    },
  };
}
