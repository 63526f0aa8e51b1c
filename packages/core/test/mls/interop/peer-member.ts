import {
  bytesToBase64,
  type CiphersuiteImpl,
  type ClientState,
  createApplicationMessage,
  createCommit,
  createGroup,
  createProposal,
  type Extension,
  joinGroup,
  joinGroupExternal,
  makePskIndex,
  type PreSharedKeyID,
  type Proposal,
  type ProposalCustom,
  type PskIndex,
  processPrivateMessage,
} from "ts-mls";
import { createGroupInfo } from "ts-mls/createCommit.js";
import { decodeRatchetTree, encodeRatchetTree } from "ts-mls/ratchetTree.js";
import { fromHex, hex } from "../../../src/codec/hex.ts";
import { encode } from "../../../src/codec/writer.ts";
import type { PreSharedKeyId } from "../../../src/mls.ts";
import type { Change, CommitStyle, ExternalKeys, Member, Outsider, Sent } from "./member.ts";
import {
  decodePeer,
  encodePeer,
  type PeerKeyPackage,
  type PeerSigner,
  peerAfter,
  peerConfig,
  peerKeyPackage,
} from "./peer-basics.ts";

/** Somebody whom ts-mls plays. */
export class PeerOutsider implements Outsider {
  readonly kind = "peer";
  readonly name: string;
  readonly #crypto: CiphersuiteImpl;
  readonly #keys: Record<string, Uint8Array>;
  #signer: PeerSigner | undefined;
  #keyPackage: PeerKeyPackage | undefined;

  constructor(name: string, crypto: CiphersuiteImpl, keys: ExternalKeys) {
    this.name = name;
    this.#crypto = crypto;
    this.#keys = Object.fromEntries([...keys].map(([id, key]) => [bytesToBase64(fromHex(id)), key]));
  }

  async keyPackage(): Promise<Uint8Array> {
    const { publicPackage } = await this.#fresh();
    return encodePeer({ wireformat: "mls_key_package", keyPackage: publicPackage });
  }

  async join(bytes: Uint8Array, tree: Uint8Array | undefined): Promise<Member> {
    const { welcome } = decodePeer(bytes, "mls_welcome");
    if (this.#keyPackage === undefined) throw new Error("there is no key package");
    const { publicPackage, privatePackage } = this.#keyPackage;
    const state = await joinGroup(
      welcome,
      publicPackage,
      privatePackage,
      makePskIndex(undefined, this.#keys),
      this.#crypto,
      tree && decodeRatchetTree(tree, 0)?.[0],
      undefined,
      peerConfig,
    );
    return this.#member(state);
  }

  async joinExternally(
    bytes: Uint8Array,
    tree: Uint8Array | undefined,
    { former }: { former?: number | undefined },
  ): Promise<{ member: Member; commit: Uint8Array }> {
    const { groupInfo } = decodePeer(bytes, "mls_group_info");
    const { publicPackage, privatePackage } = await this.#fresh();
    const { publicMessage, newState } = await joinGroupExternal(
      groupInfo,
      publicPackage,
      privatePackage,
      former !== undefined,
      this.#crypto,
      tree && decodeRatchetTree(tree, 0)?.[0],
      peerConfig,
    );
    const commit = encodePeer({ wireformat: "mls_public_message", publicMessage });
    return { member: this.#member(newState), commit };
  }

  async create(groupId: Uint8Array): Promise<Member> {
    const { publicPackage, privatePackage } = await this.#fresh();
    return this.#member(
      await createGroup(groupId, publicPackage, privatePackage, [], this.#crypto, peerConfig),
    );
  }

  async #fresh(): Promise<PeerKeyPackage> {
    this.#signer ??= await this.#crypto.signature.keygen();
    this.#keyPackage = await peerKeyPackage(this.name, this.#signer, this.#crypto);
    return this.#keyPackage;
  }

  #member(state: ClientState): Member {
    return new PeerMember(this.name, state, this.#crypto, this.#keys);
  }
}

class PeerMember implements Member {
  readonly kind = "peer";
  readonly name: string;
  readonly #crypto: CiphersuiteImpl;
  readonly #keys: Record<string, Uint8Array>;
  #state: ClientState;

  constructor(name: string, state: ClientState, crypto: CiphersuiteImpl, keys: Record<string, Uint8Array>) {
    this.name = name;
    this.#state = state;
    this.#crypto = crypto;
    this.#keys = keys;
  }

  get leafIndex(): number {
    return this.#state.privatePath.leafIndex;
  }

  get epoch(): bigint {
    return this.#state.groupContext.epoch;
  }

  authenticator(): string {
    return hex(this.#state.keySchedule.epochAuthenticator);
  }

  tree(): Uint8Array {
    return encodeRatchetTree(this.#state.ratchetTree);
  }

  async groupInfo(tree: boolean): Promise<Uint8Array> {
    const { groupContext, confirmationTag, keySchedule } = this.#state;
    const { hpke } = this.#crypto;
    const { publicKey } = await hpke.deriveKeyPair(keySchedule.externalSecret);
    // The peer's own function leaves out the length that RFC 9420 §12.4.3.2 puts before the key.
    const externalPub = encode((writer, key) => writer.bytes(key), await hpke.exportPublicKey(publicKey));
    const extensions: Extension[] = [{ extensionType: "external_pub", extensionData: externalPub }];
    if (tree) extensions.push({ extensionType: "ratchet_tree", extensionData: this.tree() });
    const groupInfo = await createGroupInfo(
      groupContext,
      confirmationTag,
      this.#state,
      extensions,
      this.#crypto,
    );
    return encodePeer({ wireformat: "mls_group_info", groupInfo });
  }

  async commit(changes: readonly Change[], { tree }: CommitStyle): Promise<Sent> {
    const context = { state: this.#state, pskIndex: this.#pskIndex(), cipherSuite: this.#crypto };
    const { newState, commit, welcome } = await createCommit(context, {
      // Either way has to be read by all.
      wireAsPublicMessage: changes.length % 2 === 0,
      extraProposals: changes.map(proposalOf),
      ratchetTreeExtension: tree,
    });
    this.#state = newState;
    return {
      commit: encodePeer(commit),
      welcome: welcome && encodePeer({ wireformat: "mls_welcome", welcome }),
    };
  }

  async propose(change: Change): Promise<Uint8Array> {
    const asPublic = change.type !== "remove";
    const { newState, message } = await createProposal(
      this.#state,
      asPublic,
      proposalOf(change),
      this.#crypto,
    );
    this.#state = newState;
    return encodePeer(message);
  }

  async receive(bytes: Uint8Array): Promise<boolean> {
    this.#state = await peerAfter(this.#state, bytes, this.#crypto, this.#pskIndex());
    return this.#state.groupActiveState.kind === "active";
  }

  async send(data: Uint8Array, authenticatedData: Uint8Array): Promise<Uint8Array> {
    const { newState, privateMessage } = await createApplicationMessage(
      this.#state,
      data,
      this.#crypto,
      authenticatedData,
    );
    this.#state = newState;
    return encodePeer({ wireformat: "mls_private_message", privateMessage });
  }

  async read(bytes: Uint8Array): Promise<Uint8Array> {
    const { privateMessage } = decodePeer(bytes, "mls_private_message");
    const result = await processPrivateMessage(this.#state, privateMessage, this.#pskIndex(), this.#crypto);
    if (result.kind !== "applicationMessage") throw new Error("not an application message");
    this.#state = result.newState;
    return result.message;
  }

  #pskIndex(): PskIndex {
    return makePskIndex(this.#state, this.#keys);
  }
}

function proposalOf(change: Change): Exclude<Proposal, ProposalCustom> {
  switch (change.type) {
    case "add": {
      const { keyPackage } = decodePeer(change.keyPackage, "mls_key_package");
      return { proposalType: "add", add: { keyPackage } };
    }
    case "remove":
      return { proposalType: "remove", remove: { removed: change.removed } };
    case "pre-shared-key":
      return { proposalType: "psk", psk: { preSharedKeyId: pskIdOf(change.psk) } };
    default:
      throw new Error(`the peer cannot propose this: ${change.type}`);
  }
}

function pskIdOf(psk: PreSharedKeyId): PreSharedKeyID {
  if (psk.type === "external") return { psktype: "external", pskId: psk.id, pskNonce: psk.nonce };
  if (psk.type === "application") throw new Error("the peer knows no keys of components");
  return {
    psktype: "resumption",
    usage: psk.usage,
    pskGroupId: psk.groupId,
    pskEpoch: psk.epoch,
    pskNonce: psk.nonce,
  };
}
