import { systemRandom } from "@readback/core";
import {
  type CiphersuiteImpl,
  type ClientState,
  createApplicationMessage,
  createCommit,
  createGroup,
  createGroupInfoWithExternalPubAndRatchetTree,
  decodeGroupState,
  defaultCapabilities,
  encodeGroupState,
  generateKeyPackage,
  joinGroup,
  joinGroupExternal,
  makePskIndex,
  type Proposal,
  processPrivateMessage,
} from "ts-mls";
import {
  decodePeer,
  encodePeer,
  type PeerKeyPackage,
  peerAfter,
  peerConfig,
} from "../packages/core/test/mls/interop/peer-basics.ts";
import { peerCrypto } from "../packages/core/test/mls/interop/peer-crypto.ts";
import type { Batch } from "./interleave.ts";
import type { Contestant, LargeGroup, WarmGroup } from "./mls-contestant.ts";

const data = systemRandom(100);

/** `ts-mls` at its fastest: on bare `node:crypto`, synchronously, with imported keys kept, instead of what it brings. */
export function peer(suiteId: 1 | 2): Contestant {
  const crypto = peerCrypto(suiteId, systemRandom);
  return {
    async setUp() {
      const creator = await founded(await keyPackageOf("ada", crypto), crypto);
      const bundle = await keyPackageOf("ben", crypto);
      const { newState, welcome } = await commit(creator, [adding(encoded(bundle))], crypto);
      const joiner = await joined(welcome as Uint8Array, bundle, crypto);
      const { message } = await protect(newState, crypto);
      await unprotect(joiner, message, crypto);
    },
    group: (size) => largeGroup(size, crypto),
    warmGroup: (size) => warmGroup(size, crypto),
  };
}

async function largeGroup(size: number, crypto: CiphersuiteImpl): Promise<LargeGroup> {
  const creator = await founded(await keyPackageOf(nameOf(0), crypto), crypto);
  const bundles: PeerKeyPackage[] = [];
  for (let index = 1; index < size; index++) bundles.push(await keyPackageOf(nameOf(index), crypto));
  const addAll = () =>
    commit(
      creator,
      bundles.map((bundle) => adding(encoded(bundle))),
      crypto,
    );
  const added = await addAll();
  const { newState: sender, welcome = new Uint8Array(0) } = added;
  const last = bundles.at(-1) as PeerKeyPackage;
  const receiver = await joined(welcome, last, crypto);
  const newcomer = encoded(await keyPackageOf(nameOf(size), crypto));
  const add = await commit(sender, [adding(newcomer)], crypto);
  const removal: Proposal = { proposalType: "remove", remove: { removed: size >>> 1 } };
  let state = encodeGroupState(receiver);
  return {
    addAll: async () => void (await addAll()),
    join: async () => void (await joined(welcome, last, crypto)),
    process: async (bytes) => void (await peerAfter(receiver, bytes, crypto)),
    commits: {
      add: add.commit,
      remove: size > 2 ? (await commit(sender, [removal], crypto)).commit : add.commit,
      update: (await commit(sender, [], crypto)).commit,
    },
    sizes: {
      keyPackage: newcomer.length,
      commit: added.commit.length,
      welcome: welcome.length,
      welcomeOfOne: add.welcome?.length ?? 0,
    },
    messages: () => messages(sender, receiver, crypto),
    async catchUp(senders, count) {
      const states = [sender];
      for (const bundle of bundles.slice(0, senders - 1)) states.push(await joined(welcome, bundle, crypto));
      return catchUp(states, receiver, count, crypto);
    },
    save() {
      state = encodeGroupState(receiver);
    },
    restore: () => void decodeGroupState(state, 0),
    stateSize: state.length,
    messageSize: state.length,
  };
}

async function warmGroup(size: number, crypto: CiphersuiteImpl): Promise<WarmGroup> {
  let founder = await founded(await keyPackageOf(nameOf(0), crypto), crypto);
  let last = founder;
  for (let index = 1; index < size; index++) {
    const groupInfo = await createGroupInfoWithExternalPubAndRatchetTree(founder, [], crypto);
    const { publicPackage, privatePackage } = await keyPackageOf(nameOf(index), crypto);
    const { publicMessage, newState } = await joinGroupExternal(
      groupInfo,
      publicPackage,
      privatePackage,
      false,
      crypto,
      undefined,
      peerConfig,
    );
    last = newState;
    founder = await peerAfter(
      founder,
      encodePeer({ wireformat: "mls_public_message", publicMessage }),
      crypto,
    );
  }
  const update = () => commit(last, [], crypto);
  const { commit: bytes } = await update();
  return {
    update: async () => void (await update()),
    processUpdate: async () => void (await peerAfter(founder, bytes, crypto)),
    updateSize: bytes.length,
  };
}

function messages(
  sender: ClientState,
  receiver: ClientState,
  crypto: CiphersuiteImpl,
): Record<"encrypt" | "decrypt", Batch> {
  let [from, to] = [sender, receiver];
  let sent: Uint8Array[] = [];
  return {
    async encrypt(count) {
      sent = [];
      for (let i = 0; i < count; i++) {
        const { message, state } = await protect(from, crypto);
        sent.push(message);
        from = state;
      }
    },
    async decrypt() {
      for (const message of sent) to = await unprotect(to, message, crypto);
    },
  };
}

async function catchUp(
  senders: ClientState[],
  receiver: ClientState,
  count: number,
  crypto: CiphersuiteImpl,
): Promise<Batch> {
  const sent: Uint8Array[] = [];
  for (let index = 0; index < count; index++) {
    const at = index % senders.length;
    const { message, state } = await protect(senders[at] as ClientState, crypto);
    senders[at] = state;
    sent.push(message);
  }
  let to = receiver;
  return async (some) => {
    for (const message of sent.splice(0, some)) to = await unprotect(to, message, crypto);
  };
}

async function protect(state: ClientState, crypto: CiphersuiteImpl) {
  const { newState, privateMessage, consumed } = await createApplicationMessage(state, data, crypto);
  for (const secret of consumed) secret.fill(0);
  return { message: encodePeer({ wireformat: "mls_private_message", privateMessage }), state: newState };
}

async function unprotect(state: ClientState, message: Uint8Array, crypto: CiphersuiteImpl) {
  const { privateMessage } = decodePeer(message, "mls_private_message");
  const { newState, consumed } = await processPrivateMessage(
    state,
    privateMessage,
    makePskIndex(state, {}),
    crypto,
  );
  for (const secret of consumed) secret.fill(0);
  return newState;
}

async function commit(state: ClientState, proposals: Proposal[], crypto: CiphersuiteImpl) {
  const options = { wireAsPublicMessage: true, ratchetTreeExtension: true, extraProposals: proposals };
  const { newState, commit, welcome } = await createCommit({ state, cipherSuite: crypto }, options);
  return {
    newState,
    commit: encodePeer(commit),
    welcome: welcome && encodePeer({ wireformat: "mls_welcome", welcome }),
  };
}

function founded({ publicPackage, privatePackage }: PeerKeyPackage, crypto: CiphersuiteImpl) {
  return createGroup(systemRandom(32), publicPackage, privatePackage, [], crypto, peerConfig);
}

function joined(
  bytes: Uint8Array,
  { publicPackage, privatePackage }: PeerKeyPackage,
  crypto: CiphersuiteImpl,
): Promise<ClientState> {
  const { welcome } = decodePeer(bytes, "mls_welcome");
  const keys = makePskIndex(undefined, {});
  return joinGroup(welcome, publicPackage, privatePackage, keys, crypto, undefined, undefined, peerConfig);
}

function adding(bytes: Uint8Array): Proposal {
  return { proposalType: "add", add: { keyPackage: decodePeer(bytes, "mls_key_package").keyPackage } };
}

function encoded({ publicPackage }: PeerKeyPackage): Uint8Array {
  return encodePeer({ wireformat: "mls_key_package", keyPackage: publicPackage });
}

function keyPackageOf(name: string, crypto: CiphersuiteImpl): Promise<PeerKeyPackage> {
  return generateKeyPackage(
    { credentialType: "basic", identity: new TextEncoder().encode(name) },
    {
      ...defaultCapabilities(),
      ciphersuites: [crypto.name],
      extensions: [],
      proposals: [],
      credentials: ["basic"],
    },
    { notBefore: 0n, notAfter: 2n ** 63n - 1n },
    [],
    crypto,
  );
}

function nameOf(index: number): string {
  return `member-${index.toString().padStart(5, "0")}`;
}
