import {
  acceptAll,
  bytesToBase64,
  type Capabilities,
  type CiphersuiteImpl,
  type ClientConfig,
  type ClientState,
  type Credential,
  createApplicationMessage,
  createCommit,
  createGroup,
  createProposal,
  decodeMlsMessage,
  defaultAuthenticationService,
  defaultKeyPackageEqualityConfig,
  defaultKeyRetentionConfig,
  defaultLifetimeConfig,
  type Extension,
  encodeMlsMessage,
  generateKeyPackageWithKey,
  joinGroup,
  joinGroupExternal,
  type KeyPackage,
  type MLSMessage,
  makePskIndex,
  type PreSharedKeyID,
  type PrivateKeyPackage,
  type Proposal,
  type ProposalCustom,
  processPrivateMessage,
  processPublicMessage,
} from "ts-mls";
import { createGroupInfo } from "ts-mls/createCommit.js";
import { decodeRatchetTree, encodeRatchetTree } from "ts-mls/ratchetTree.js";
import { fromHex, hex } from "../../../src/codec/hex.ts";
import { utf8 } from "../../../src/codec/utf8.ts";
import { encode as encodeBytes } from "../../../src/codec/writer.ts";
import type { PreSharedKeyId } from "../../../src/mls.ts";
import {
  type Change,
  type CommitStyle,
  type ExternalKeys,
  type Member,
  type Outsider,
  privateExtension,
  type Sent,
} from "./member.ts";

const config: ClientConfig = {
  authService: defaultAuthenticationService,
  keyPackageEqualityConfig: defaultKeyPackageEqualityConfig,
  keyRetentionConfig: { ...defaultKeyRetentionConfig, retainKeysForEpochs: 4 },
  lifetimeConfig: defaultLifetimeConfig,
  // Short, so that lengths vary.
  paddingConfig: { kind: "padUntilLength", padUntilLength: 16 },
};

const lifetime = { notBefore: 0n, notAfter: 2n ** 63n - 1n };

/** Somebody whom ts-mls plays. */
export class PeerOutsider implements Outsider {
  readonly kind = "peer";
  readonly name: string;
  readonly #crypto: CiphersuiteImpl;
  readonly #keys: Record<string, Uint8Array>;
  #signatureKeys: { signKey: Uint8Array; publicKey: Uint8Array } | undefined;
  #keyPackage: { publicPackage: KeyPackage; privatePackage: PrivateKeyPackage } | undefined;

  constructor(name: string, crypto: CiphersuiteImpl, keys: ExternalKeys) {
    this.name = name;
    this.#crypto = crypto;
    this.#keys = Object.fromEntries([...keys].map(([id, key]) => [bytesToBase64(fromHex(id)), key]));
  }

  async keyPackage(): Promise<Uint8Array> {
    const { publicPackage } = await this.#fresh();
    return encode({ version: "mls10", wireformat: "mls_key_package", keyPackage: publicPackage });
  }

  async join(welcome: Uint8Array, tree: Uint8Array | undefined): Promise<Member> {
    const message = decode(welcome);
    if (message.wireformat !== "mls_welcome" || this.#keyPackage === undefined) {
      throw new Error("there is no Welcome or no key package");
    }
    const { publicPackage, privatePackage } = this.#keyPackage;
    const state = await joinGroup(
      message.welcome,
      publicPackage,
      privatePackage,
      makePskIndex(undefined, this.#keys),
      this.#crypto,
      tree === undefined ? undefined : decodeRatchetTree(tree, 0)?.[0],
      undefined,
      config,
    );
    return new PeerMember(this.name, state, this.#crypto, this.#keys);
  }

  async joinExternally(
    groupInfo: Uint8Array,
    tree: Uint8Array | undefined,
    { former }: { former?: number | undefined },
  ): Promise<{ member: Member; commit: Uint8Array }> {
    const message = decode(groupInfo);
    if (message.wireformat !== "mls_group_info") throw new Error("not a group info");
    const { publicPackage, privatePackage } = await this.#fresh();
    const { publicMessage, newState } = await joinGroupExternal(
      message.groupInfo,
      publicPackage,
      privatePackage,
      former !== undefined,
      this.#crypto,
      tree === undefined ? undefined : decodeRatchetTree(tree, 0)?.[0],
      config,
    );
    const commit = encode({ version: "mls10", wireformat: "mls_public_message", publicMessage });
    return { member: new PeerMember(this.name, newState, this.#crypto, this.#keys), commit };
  }

  async create(groupId: Uint8Array): Promise<Member> {
    const { publicPackage, privatePackage } = await this.#fresh();
    const state = await createGroup(groupId, publicPackage, privatePackage, [], this.#crypto, config);
    return new PeerMember(this.name, state, this.#crypto, this.#keys);
  }

  async #fresh(): Promise<{ publicPackage: KeyPackage; privatePackage: PrivateKeyPackage }> {
    this.#signatureKeys ??= await this.#crypto.signature.keygen();
    const credential: Credential = { credentialType: "basic", identity: utf8(this.name) };
    const capabilities: Capabilities = {
      versions: ["mls10"],
      ciphersuites: [this.#crypto.name],
      // With values of RFC 9420 §13.5 that mean nothing.
      extensions: [privateExtension, 0x3a3a],
      proposals: [0x4a4a],
      credentials: ["basic", "x509"],
    };
    this.#keyPackage = await generateKeyPackageWithKey(
      credential,
      capabilities,
      lifetime,
      [],
      this.#signatureKeys,
      this.#crypto,
    );
    return this.#keyPackage;
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
    const { publicKey } = await this.#crypto.hpke.deriveKeyPair(keySchedule.externalSecret);
    // The peer's own function leaves out the length that RFC 9420 §12.4.3.2 puts before the key.
    const externalPub = encodeBytes(
      (w, key) => w.bytes(key),
      await this.#crypto.hpke.exportPublicKey(publicKey),
    );
    const extensions: Extension[] = [{ extensionType: "external_pub", extensionData: externalPub }];
    if (tree) extensions.push({ extensionType: "ratchet_tree", extensionData: this.tree() });
    const groupInfo = await createGroupInfo(
      groupContext,
      confirmationTag,
      this.#state,
      extensions,
      this.#crypto,
    );
    return encode({ version: "mls10", wireformat: "mls_group_info", groupInfo });
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
      commit: encode(commit),
      welcome: welcome && encode({ version: "mls10", wireformat: "mls_welcome", welcome }),
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
    return encode(message);
  }

  async receive(bytes: Uint8Array): Promise<boolean> {
    const message = decode(bytes);
    if (message.wireformat !== "mls_public_message" && message.wireformat !== "mls_private_message") {
      throw new Error("not a handshake message");
    }
    const { newState } =
      message.wireformat === "mls_public_message"
        ? await processPublicMessage(
            this.#state,
            message.publicMessage,
            this.#pskIndex(),
            this.#crypto,
            acceptAll,
          )
        : await processPrivateMessage(
            this.#state,
            message.privateMessage,
            this.#pskIndex(),
            this.#crypto,
            acceptAll,
          );
    this.#state = newState;
    return newState.groupActiveState.kind === "active";
  }

  async send(data: Uint8Array, authenticatedData: Uint8Array): Promise<Uint8Array> {
    const sent = await createApplicationMessage(this.#state, data, this.#crypto, authenticatedData);
    this.#state = sent.newState;
    return encode({
      version: "mls10",
      wireformat: "mls_private_message",
      privateMessage: sent.privateMessage,
    });
  }

  async read(bytes: Uint8Array): Promise<Uint8Array> {
    const message = decode(bytes);
    if (message.wireformat !== "mls_private_message") throw new Error("not an application message");
    const result = await processPrivateMessage(
      this.#state,
      message.privateMessage,
      this.#pskIndex(),
      this.#crypto,
    );
    if (result.kind !== "applicationMessage") throw new Error("not an application message");
    this.#state = result.newState;
    return result.message;
  }

  #pskIndex() {
    return makePskIndex(this.#state, this.#keys);
  }
}

function encode(message: MLSMessage): Uint8Array {
  return encodeMlsMessage(message);
}

function decode(bytes: Uint8Array): MLSMessage {
  const decoded = decodeMlsMessage(bytes, 0);
  if (decoded === undefined || decoded[1] !== bytes.length) throw new Error("the peer cannot decode this");
  return decoded[0];
}

function proposalOf(change: Change): Exclude<Proposal, ProposalCustom> {
  switch (change.type) {
    case "add": {
      const message = decode(change.keyPackage);
      if (message.wireformat !== "mls_key_package") throw new Error("not a key package");
      return { proposalType: "add", add: { keyPackage: message.keyPackage } };
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
  return {
    psktype: "resumption",
    usage: psk.usage,
    pskGroupId: psk.groupId,
    pskEpoch: psk.epoch,
    pskNonce: psk.nonce,
  };
}
