import { expect, test } from "vitest";
import { fromUtf8, utf8 } from "../../src/codec/utf8.ts";
import { checkContinued, packagesOfMembers } from "../../src/conversation/continue.ts";
import { hubExtension } from "../../src/conversation/group-data.ts";
import { type CredentialAuthority, parseFullName } from "../../src/conversation/identity.ts";
import { signHead } from "../../src/conversation/log-entry.ts";
import { endGroup, successorOf } from "../../src/conversation/reinitialize.ts";
import type { ConversationState } from "../../src/conversation/state.ts";
import { Step, type StepTools } from "../../src/conversation/step.ts";
import { defaultCryptoProvider } from "../../src/crypto/default-provider.ts";
import { createGroup } from "../../src/mls/create-group.ts";
import type { Credential } from "../../src/mls/credential.ts";
import type { Group } from "../../src/mls/group-state.ts";
import { decodeKeyPackage } from "../../src/mls/key-package.ts";
import { createKeyPackage } from "../../src/mls/key-package-bundle.ts";
import { members } from "../../src/mls/ratchet-tree.ts";
import { stageCommit } from "../../src/mls/stage-commit.ts";
import { stageBranch } from "../../src/mls/stage-successor.ts";
import { seededRandom } from "../../src/testing/seeded-random.ts";
import type { LogHead } from "../../src/wire/entry.ts";

const logSuite = defaultCryptoProvider().suite(2);
if (logSuite === undefined) throw new Error("There is no such suite.");
const keys = logSuite.signature.deriveKeyPair(new Uint8Array(logSuite.signature.seedSize).fill(3));
const tools = { logSuite, now: 9 } as StepTools;
const id = new Uint8Array(32).fill(1);
const hub = { relay: "relay.example", logKey: keys.publicKey };
const old = { id, hub } as ConversationState;
const content = { conversation: id, seq: 4, entryHash: new Uint8Array(32).fill(2), signedAt: 9 };
const head: LogHead = signHead(logSuite, keys.privateKey, content);

function group(continues: LogHead | undefined, epoch = 1n): Group {
  return { epoch, context: { extensions: [hubExtension(hub, continues)] } } as unknown as Group;
}

test("a group goes on with what both its Welcome and its context say", () => {
  expect(checkContinued(group(head), old, tools)).toEqual(head);
  expect(checkContinued(group(undefined), undefined, tools)).toBeUndefined();
});

test("whoever is added later takes nobody's word for it", () => {
  expect(checkContinued(group(head, 2n), undefined, tools)).toBeUndefined();
});

test.each<[string, LogHead | undefined, ConversationState | undefined]>([
  ["a context that claims it without the secret", head, undefined],
  ["a Welcome that takes the secret of a conversation that the context does not name", undefined, old],
  [
    "another conversation",
    signHead(logSuite, keys.privateKey, { ...content, conversation: new Uint8Array(32) }),
    old,
  ],
  ["an end that the old relay has not signed", { ...head, seq: 5 }, old],
  ["another hash of the end", { ...head, entryHash: new Uint8Array(32) }, old],
])("refused: %s", (_, continues, from) => {
  expect(() => checkContinued(group(continues), from, tools)).toThrow(
    expect.objectContaining({ code: "mls-successor-link" }),
  );
});

/** A conversation of five entries whose group has just ended, by somebody who names this end. */
function ended(end: LogHead): Step {
  const entryHash = (seq: number) => new Uint8Array(32).fill(seq);
  const log = { hashes: [1, 2, 3, 4, 5].map(entryHash), head: { ...head, seq: 5, entryHash: entryHash(5) } };
  const position = { seq: 5, hash: entryHash(5), acceptedAt: 9 };
  const reInit = { groupId: id, cipherSuite: 1, version: 1, extensions: [hubExtension(hub, end)] };
  const state = { ...old, phase: "active", log, group: { reInit }, intents: [], outgoing: [], position };
  return new Step(state as unknown as ConversationState, tools);
}

test("a group that has ended is told from one that was ended by who had read another history", () => {
  const seen = (fill: number) => ({ ...content, entryHash: new Uint8Array(32).fill(fill) });
  const same = ended(signHead(logSuite, keys.privateKey, seen(4)));
  endGroup(same);
  expect([same.state.phase, same.state.fork]).toEqual(["moved", undefined]);
  const other = ended(signHead(logSuite, keys.privateKey, seen(9)));
  endGroup(other);
  expect(other.state).toMatchObject({ phase: "frozen", fork: { seq: 4 } });
  // What the relay has not signed proves nothing, and nobody can follow it either.
  const unsigned = ended({ ...head, entryHash: new Uint8Array(32).fill(9) });
  endGroup(unsigned);
  expect([unsigned.state.phase, successorOf(unsigned.state, logSuite)]).toEqual(["moved", undefined]);
  expect(successorOf(same.state, logSuite)).toMatchObject({ id, suite: 1 });
});

test("a device comes along by its name, also where its credential was renewed, and nobody else does", () => {
  const random = seededRandom("renewed");
  // A credential says who a device is, a space, and which of its credentials this is.
  const credentialOf = (text: string): Credential => ({ type: "basic", identity: utf8(text) });
  const identify: CredentialAuthority["identify"] = (credential) =>
    credential.type === "basic"
      ? parseFullName(fromUtf8(credential.identity).split(" ")[0] ?? "")
      : undefined;
  const authority: CredentialAuthority = {
    identify,
    isValid: () => true,
    isSuccessor: (one, other) => JSON.stringify(identify(one)) === JSON.stringify(identify(other)),
  };
  const settings = (text: string) => ({
    ...{ suite: logSuite, random, credential: credentialOf(text) },
    signatureKeyPair: logSuite.signature.deriveKeyPair(random(logSuite.signature.seedSize)),
    lifetime: { notBefore: 0n, notAfter: 2_000_000_000n },
  });
  const ada = settings("ada@mercy.example/phone first");
  const packageOf = (text: string) => createKeyPackage(settings(text)).bytes;
  const { next: before } = stageCommit(createGroup({ ...ada, groupId: random(32) }), {
    random,
    credentials: authority,
    proposals: ["ben@stlukes.example/desk first", "cleo@mercy.example/phone first"].map(
      (text) => ({ type: "add", keyPackage: decodeKeyPackage(packageOf(text)) }) as const,
    ),
  });
  const [renewed, same] = [
    packageOf("ben@stlukes.example/desk second"),
    packageOf("cleo@mercy.example/phone first"),
  ];
  const strangers = ["ben@stlukes.example/tablet first", "dora@mercy.example/phone first", "nobody"];
  const found = packagesOfMembers(authority, before, [renewed, ...strangers.map(packageOf), same]);
  expect(found).toEqual([renewed, same]);
  // They are all there in what follows.
  const keyPackages = found.map(decodeKeyPackage);
  const { next } = stageBranch(before, { ...ada, groupId: random(32), keyPackages, credentials: authority });
  expect(members(next.tree)).toHaveLength(3);
});
