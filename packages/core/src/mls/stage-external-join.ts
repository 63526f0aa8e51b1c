import { copyOf } from "../codec/bytes.ts";
import { hpkeSendExport } from "../crypto/hpke.ts";
import type { CipherSuite, KeyPair } from "../crypto/suite.ts";
import { wipe } from "../crypto/wipe.ts";
import type { Random } from "../port/random.ts";
import type { Capabilities } from "./capabilities.ts";
import { resolveProposals } from "./committed-proposal.ts";
import { createPath, wipePathSecrets } from "./create-path.ts";
import { type Credential, credentialTypeOf } from "./credential.ts";
import { externalInitLabel, nextEpoch } from "./epoch-change.ts";
import { applyCommitted, checkChangedLeaves, groupAfter } from "./evaluate-commit.ts";
import { createExporterTree } from "./exporter-tree.ts";
import { type Extension, readExternalPub } from "./extension.ts";
import { groupInfoOf } from "./group-info-of.ts";
import type { Group } from "./group-state.ts";
import type { HandshakeOptions } from "./handshake-options.ts";
import { Hidden } from "./hidden.ts";
import { defaultCapabilities } from "./key-package-bundle.ts";
import { validateLeafSupport } from "./leaf-validation.ts";
import { decodeMessage, encodeMessage } from "./message.ts";
import { openGroupInfo } from "./open-group-info.ts";
import type { PreSharedKeyId } from "./pre-shared-key.ts";
import type { AppDataUpdate, AppEphemeral, Proposal } from "./proposal.ts";
import { pskSecretFor } from "./psk-secret.ts";
import type { PublicGroup } from "./public-group.ts";
import { applyPublicHandshake } from "./public-handshake.ts";
import { withRoom } from "./ratchet-tree.ts";
import { refusal } from "./rule.ts";
import { createSecretTree } from "./secret-tree.ts";
import { listProposals } from "./select-proposals.ts";
import { signCommit } from "./sign-commit.ts";
import { withItems } from "./sparse-array.ts";
import { confirmationTagOf } from "./transcript.ts";

/** What it takes to join a group without an invitation. */
export interface ExternalJoinInput extends HandshakeOptions {
  readonly suite: CipherSuite;
  /** MLSMessage (GroupInfo), with the group's external key. */
  readonly groupInfo: Uint8Array;
  /** The encoded tree, where the group information does not hold it. */
  readonly ratchetTree?: Uint8Array | undefined;
  readonly credential: Credential;
  /** The private key is copied. */
  readonly signatureKeyPair: KeyPair;
  /** Default: `defaultCapabilities` with the type of the credential. */
  readonly capabilities?: Capabilities | undefined;
  readonly leafExtensions?: readonly Extension[] | undefined;
  /** The leaf of this client's former self, which the commit removes. */
  readonly replaces?: number | undefined;
  /** Pre-shared keys that prove something to the members; each with a fresh nonce. */
  readonly psks?: readonly PreSharedKeyId[] | undefined;
  /** What this client has to say to components of the application, where they take it from outside. */
  readonly proposals?: readonly (AppDataUpdate | AppEphemeral)[] | undefined;
  /**
   * MLSMessages (PublicMessage) of the proposals by which members leave in this epoch. The commit has to cover them
   * (draft-ietf-mls-extensions §6.3.1), so whoever hands out the group information hands them out as well. Proposals of
   * other types are refused: they wait for a commit of a member.
   */
  readonly selfRemoves?: readonly Uint8Array[] | undefined;
  readonly random: Random;
}

/** An external commit to send, and the group after it, which counts once everybody is known to take this commit. */
export interface StagedJoin {
  /** MLSMessage (PublicMessage). */
  readonly commit: Uint8Array;
  /** MLSMessage (GroupInfo) of the group after the commit, without its tree. */
  readonly groupInfo: Uint8Array;
  readonly next: Group;
}

/**
 * Makes the external commit by which somebody joins a group, for the first time or in place of a former self
 * (RFC 9420 §12.4.3.2). Throws `mls-group-info-external-key`, `mls-external-commit-reference`, and what
 * `publicGroupFrom`, `applyPublicHandshake` and `stageCommit` throw.
 */
export function stageExternalJoin(input: ExternalJoinInput): StagedJoin {
  const { suite, random } = input;
  const message = decodeMessage(input.groupInfo);
  if (message.type !== "group-info") throw refusal("mls-wire-format");
  const group = withLeavers(openGroupInfo(suite, message.groupInfo, input.ratchetTree, input), input);
  const { kemOutput, secret: initSecret } = externalInit(input, message.groupInfo.extensions);
  const sender = { type: "new-member-commit" } as const;
  const listed = listProposals(group, proposalsOf(input, kemOutput), undefined, input);
  const committed = resolveProposals(group, listed, sender);
  const applied = applyCommitted(group, committed, sender, { ...input, acceptExternalCommits: true });
  const pskSecret = pskSecretFor(suite, applied.psks, input.preSharedKeys);
  const { tree: roomy, leafIndex: ownLeaf } = withRoom(applied.tree);
  const signaturePrivateKey = copyOf(input.signatureKeyPair.privateKey);
  const path = createPath(suite, roomy, ownLeaf, {
    leaf: {
      signatureKey: input.signatureKeyPair.publicKey,
      credential: input.credential,
      capabilities: input.capabilities ?? defaultCapabilities(suite, [credentialTypeOf(input.credential)]),
      extensions: input.leafExtensions ?? [],
    },
    signaturePrivateKey,
    groupId: group.context.groupId,
    random,
  });
  validateLeafSupport(path.leafNode, applied.extensions);
  checkChangedLeaves(applied, path.tree, [ownLeaf]);
  const { content, signature, evaluated } = signCommit(group, {
    ...{ sender, committer: ownLeaf, listed, committed, applied, tree: path.tree, path, signaturePrivateKey },
    authenticatedData: undefined,
    random,
  });
  const { commitSecret } = path;
  const start = nextEpoch(suite, { initSecret, commitSecret, pskSecret }, evaluated.context);
  const { confirmationKey } = start.secrets;
  const confirmedHash = evaluated.context.confirmedTranscriptHash;
  const confirmationTag = confirmationTagOf(suite, confirmationKey, confirmedHash);
  wipe(initSecret, commitSecret, pskSecret, start.joinerSecret);
  wipePathSecrets(path);
  const next: Group = {
    ...groupAfter(group, evaluated, confirmationTag),
    ownLeaf,
    secrets: new Hidden({
      signaturePrivateKey,
      epoch: start.secrets,
      secretTree: createSecretTree(start.encryptionSecret, path.tree.leafCount),
      exporterTree: createExporterTree(start.applicationExportSecret),
      privateKeys: withItems([], path.privateKeys),
      pendingUpdates: [],
    }),
  };
  const publicMessage = { content, auth: { signature, confirmationTag }, membershipTag: undefined };
  return {
    commit: encodeMessage({ type: "public-message", publicMessage }),
    groupInfo: groupInfoOf(next, { external: true }),
    next,
  };
}

/** A fresh init secret and how the members learn it (RFC 9420 §8.3). */
function externalInit(
  { suite, random }: ExternalJoinInput,
  extensions: readonly Extension[],
): { kemOutput: Uint8Array; secret: Uint8Array } {
  const publicKey = readExternalPub(extensions);
  const nothing = new Uint8Array(0);
  const seed = random(suite.kem.seedSize);
  const sent =
    publicKey && hpkeSendExport(suite, publicKey, nothing, externalInitLabel, suite.kdf.size, seed);
  wipe(seed);
  if (sent === undefined) throw refusal("mls-group-info-external-key");
  return sent;
}

/** The group with the proposals of those who leave it waiting. */
function withLeavers(group: PublicGroup, { selfRemoves = [], ...options }: ExternalJoinInput): PublicGroup {
  return selfRemoves.reduce((before, message) => {
    const received = applyPublicHandshake(before, message, options);
    if (received.kind !== "proposal" || received.proposal.type !== "self-remove") {
      throw refusal("mls-external-commit-reference");
    }
    return received.group;
  }, group);
}

function proposalsOf(input: ExternalJoinInput, kemOutput: Uint8Array): Proposal[] {
  const { replaces, psks = [], proposals = [] } = input;
  return [
    { type: "external-init", kemOutput },
    ...(replaces === undefined ? [] : [{ type: "remove", removed: replaces } as const]),
    ...psks.map((psk) => ({ type: "pre-shared-key", psk }) as const),
    ...proposals,
  ];
}
