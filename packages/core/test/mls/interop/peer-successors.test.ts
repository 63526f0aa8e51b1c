import {
  branchGroup,
  type CiphersuiteImpl,
  type ClientState,
  type CryptoProvider,
  ciphersuites,
  createApplicationMessage,
  createCommit,
  joinGroup,
  joinGroupFromBranch,
  joinGroupFromReinit,
  makePskIndex,
  proposeAddExternal,
  reinitCreateNewGroup,
  reinitGroup,
  type Welcome,
} from "ts-mls";
import { encodeRatchetTree } from "ts-mls/ratchetTree.js";
import { expect, test } from "vitest";
import { hex } from "../../../src/codec/hex.ts";
import { utf8 } from "../../../src/codec/utf8.ts";
import {
  decodeMessage,
  encodeMessage,
  type Group,
  groupInfoOf,
  joinGroup as joinByEngine,
  type KeyPackage,
  type KeyPackageBundle,
  proposeToJoin,
  protectMessage,
  stageBranch,
  stageSuccessor,
  unprotectMessage,
} from "../../../src/mls.ts";
import { seededRandom } from "../../../src/testing/seeded-random.ts";
import { follow } from "../trio.ts";
import {
  authenticatorOf,
  commitBy,
  credentials,
  groupOf,
  joinBy,
  keyPackageOf,
  lifetime,
  person,
  suiteOf,
} from "../world.ts";
import {
  decodePeer,
  encodePeer,
  type PeerKeyPackage,
  type PeerSigner,
  peerAfter,
  peerConfig,
  peerKeyPackage,
} from "./peer-basics.ts";
import { peerCrypto } from "./peer-crypto.ts";

const provider: CryptoProvider = {
  getCiphersuiteImpl: async ({ name }) => peerCrypto(ciphersuites[name], seededRandom(`pia ${name}`)),
};
const suite2 = "MLS_128_DHKEMP256_AES128GCM_SHA256_P256";
const extension = { type: 0xf0a1, data: Uint8Array.of(1, 2, 3) };
const ada = person("ada", suiteOf(1));
const movedAda = person("ada", suiteOf(2));

/** Somebody whom ts-mls plays, in one suite. */
class Pia {
  readonly crypto: CiphersuiteImpl;
  readonly #name: string;
  #signer: PeerSigner | undefined;

  constructor(suiteId: number, name = "pia") {
    this.crypto = peerCrypto(suiteId, seededRandom(`${name} ${suiteId}`));
    this.#name = name;
  }

  async keyPackage(): Promise<PeerKeyPackage> {
    this.#signer ??= await this.crypto.signature.keygen();
    return peerKeyPackage(this.#name, this.#signer, this.crypto);
  }
}

/** A group of ada, whom the engine plays, and pia, whom ts-mls plays. */
async function together(): Promise<{ pia: Pia; adas: Group; pias: ClientState }> {
  const pia = new Pia(1);
  const { publicPackage, privatePackage } = await pia.keyPackage();
  const staged = commitBy(ada, groupOf(ada), {
    proposals: [{ type: "add", keyPackage: toEngine(publicPackage) }],
  });
  const keys = makePskIndex(undefined, {});
  const welcome = welcomeToPeer(staged.welcome);
  const pias = await joinGroup(
    welcome,
    publicPackage,
    privatePackage,
    keys,
    pia.crypto,
    undefined,
    undefined,
    peerConfig,
  );
  return { pia, adas: staged.next, pias };
}

function toEngine(keyPackage: PeerKeyPackage["publicPackage"]): KeyPackage {
  const message = decodeMessage(encodePeer({ wireformat: "mls_key_package", keyPackage }));
  if (message.type !== "key-package") throw new Error("not a key package");
  return message.keyPackage;
}

function toPeer({ keyPackage }: KeyPackageBundle): PeerKeyPackage["publicPackage"] {
  return decodePeer(encodeMessage({ type: "key-package", keyPackage }), "mls_key_package").keyPackage;
}

function welcomeToPeer(bytes: Uint8Array | undefined): Welcome {
  if (bytes === undefined) throw new Error("there is no Welcome");
  return decodePeer(bytes, "mls_welcome").welcome;
}

function welcomeToEngine(welcome: Welcome | undefined): Uint8Array {
  if (welcome === undefined) throw new Error("there is no Welcome");
  return encodePeer({ wireformat: "mls_welcome", welcome });
}

/** Both are in one state, and read one another. */
async function expectTogether(adas: Group, pias: ClientState, crypto: CiphersuiteImpl): Promise<void> {
  expect(hex(pias.keySchedule.epochAuthenticator)).toBe(authenticatorOf(adas));
  const sent = protectMessage(adas, utf8("hello"), { random: ada.random });
  const after = await peerAfter(pias, sent.message, crypto);
  const { privateMessage } = await createApplicationMessage(after, utf8("hello yourself"), crypto);
  const message = encodePeer({ wireformat: "mls_private_message", privateMessage });
  expect(unprotectMessage(sent.group, message).data).toEqual(utf8("hello yourself"));
}

test("the engine reinitializes a group in another suite, and ts-mls goes along", async () => {
  const { pia, adas, pias } = await together();
  const reInit = { groupId: utf8("next"), version: 1, cipherSuite: 2, extensions: [extension] };
  const ending = commitBy(ada, adas, { proposals: [{ type: "reinit", reInit }] });
  const ended = await peerAfter(pias, ending.commit, pia.crypto);
  expect(ended.groupActiveState.kind).toBe("suspendedPendingReinit");
  const moved = new Pia(2);
  const { publicPackage, privatePackage } = await moved.keyPackage();
  const keyPackages = [toEngine(publicPackage)];
  const staged = stageSuccessor(ending.next, {
    ...movedAda,
    credentials,
    lifetime,
    keyPackages,
    // Both know the extension.
    capabilities: toEngine(publicPackage).leafNode.capabilities,
  });
  const welcome = welcomeToPeer(staged.welcome);
  const next = await joinGroupFromReinit(ended, welcome, publicPackage, privatePackage, undefined, provider);
  await expectTogether(staged.next, next, moved.crypto);
});

test("ts-mls reinitializes a group in another suite, and the engine goes along", async () => {
  const { pia, adas, pias } = await together();
  const groupId = utf8("next");
  const ending = await reinitGroup(pias, groupId, "mls10", suite2, [], pia.crypto);
  const ended = follow(adas, encodePeer(ending.commit));
  expect(ended.reInit).toEqual({ groupId, version: 1, cipherSuite: 2, extensions: [] });
  const bundle = keyPackageOf(movedAda);
  const moved = new Pia(2);
  const { publicPackage, privatePackage } = await moved.keyPackage();
  const { newState, welcome } = await reinitCreateNewGroup(
    ending.newState,
    publicPackage,
    privatePackage,
    [toPeer(bundle)],
    groupId,
    suite2,
    [],
    provider,
  );
  const { group } = joinByEngine({
    suite: movedAda.suite,
    welcome: welcomeToEngine(welcome),
    bundle,
    ratchetTree: encodeRatchetTree(newState.ratchetTree),
    predecessor: ended,
    credentials,
  });
  await expectTogether(group, newState, moved.crypto);
});

test("the engine branches a group, and ts-mls goes along", async () => {
  const { pia, adas, pias } = await together();
  const { publicPackage, privatePackage } = await pia.keyPackage();
  const staged = stageBranch(adas, {
    ...ada,
    credentials,
    lifetime,
    groupId: utf8("branch"),
    keyPackages: [toEngine(publicPackage)],
  });
  const welcome = welcomeToPeer(staged.welcome);
  const next = await joinGroupFromBranch(pias, welcome, publicPackage, privatePackage, undefined, pia.crypto);
  await expectTogether(staged.next, next, pia.crypto);
});

test("ts-mls branches a group, and the engine goes along", async () => {
  const { pia, adas, pias } = await together();
  const bundle = keyPackageOf(ada);
  const { publicPackage, privatePackage } = await pia.keyPackage();
  const { newState, welcome } = await branchGroup(
    pias,
    publicPackage,
    privatePackage,
    [toPeer(bundle)],
    utf8("branch"),
    pia.crypto,
  );
  const { group } = joinByEngine({
    suite: ada.suite,
    welcome: welcomeToEngine(welcome),
    bundle,
    ratchetTree: encodeRatchetTree(newState.ratchetTree),
    predecessor: adas,
    credentials,
  });
  await expectTogether(group, newState, pia.crypto);
});

test("somebody whom ts-mls plays proposes to be added, and the engine does it", async () => {
  const { pia, adas, pias } = await together();
  const pol = new Pia(1, "pol");
  const { publicPackage, privatePackage } = await pol.keyPackage();
  const { groupInfo } = decodePeer(groupInfoOf(adas), "mls_group_info");
  const proposal = encodePeer(await proposeAddExternal(groupInfo, publicPackage, privatePackage, pol.crypto));
  const staged = commitBy(ada, follow(adas, proposal, { acceptNewMemberProposals: true }));
  const pending = await peerAfter(pias, proposal, pia.crypto);
  await expectTogether(staged.next, await peerAfter(pending, staged.commit, pia.crypto), pia.crypto);
  const keys = makePskIndex(undefined, {});
  const welcome = welcomeToPeer(staged.welcome);
  const pols = await joinGroup(welcome, publicPackage, privatePackage, keys, pol.crypto);
  await expectTogether(staged.next, pols, pol.crypto);
});

test("somebody whom the engine plays proposes to be added, and ts-mls does it", async () => {
  const { pia, adas, pias } = await together();
  const ben = person("ben", suiteOf(1));
  const bundle = keyPackageOf(ben);
  const proposal = proposeToJoin(adas, bundle);
  const state = await peerAfter(pias, proposal, pia.crypto);
  const options = { ratchetTreeExtension: true, wireAsPublicMessage: true };
  const { newState, commit, welcome } = await createCommit({ state, cipherSuite: pia.crypto }, options);
  const pending = follow(adas, proposal, { acceptNewMemberProposals: true });
  await expectTogether(follow(pending, encodePeer(commit)), newState, pia.crypto);
  const staged = { ...commitBy(ada, pending), welcome: welcomeToEngine(welcome) };
  await expectTogether(joinBy(ben, bundle, staged), newState, pia.crypto);
});
