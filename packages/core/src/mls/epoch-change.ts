import { sameBytes } from "../codec/bytes.ts";
import { utf8 } from "../codec/utf8.ts";
import { hpkeReceiveExport } from "../crypto/hpke.ts";
import type { CipherSuite } from "../crypto/suite.ts";
import { wipe } from "../crypto/wipe.ts";
import type { UpdatePath } from "./commit.ts";
import type { EvaluatedCommit } from "./evaluate-commit.ts";
import { encodedGroupContext, type GroupContext } from "./group-context.ts";
import type { Group, PendingUpdate } from "./group-state.ts";
import { type EpochStart, externalKeyPair, joinerSecretOf, startEpoch, zeroSecret } from "./key-schedule.ts";
import { leafAt } from "./ratchet-tree.ts";
import { openPath } from "./receive-path.ts";
import { refusal } from "./rule.ts";
import { withItems } from "./sparse-array.ts";
import { keepKeys, type TreeKeys } from "./tree-keys.ts";
import { nodeOfLeaf } from "./tree-math.ts";

/** What a member has after a commit of somebody else, before the key schedule. */
export interface LearnedKeys {
  readonly privateKeys: TreeKeys;
  readonly signaturePrivateKey: Uint8Array;
  readonly commitSecret: Uint8Array;
}

/** The secrets that go into the next epoch (RFC 9420 §8). They stay the caller's, to be overwritten. */
export interface EpochInput {
  readonly initSecret: Uint8Array;
  readonly commitSecret: Uint8Array;
  readonly pskSecret: Uint8Array;
}

/** The next epoch, and what a Welcome to it tells. */
export interface NextEpoch extends EpochStart {
  readonly joinerSecret: Uint8Array;
}

/** The exporter context of an external init (RFC 9420 §8.3). */
export const externalInitLabel = utf8("MLS 1.0 external init secret");
const nothing = new Uint8Array(0);

/**
 * The private keys of a member after somebody else's commit (RFC 9420 §7.5, §12.4.2). Throws `mls-path-decryption`,
 * `mls-path-secret` or `mls-update-key-unknown`.
 *
 * @param path - of the commit, where it has one
 */
export function learnKeys(
  group: Group,
  path: UpdatePath | undefined,
  evaluated: EvaluatedCommit,
): LearnedKeys {
  const { suite, ownLeaf } = group;
  const secrets = group.secrets.open();
  const { applied, tree, committer, provisionalContext, addedLeaves } = evaluated;
  const update = ownUpdate(group, evaluated);
  const signaturePrivateKey = update?.signaturePrivateKey ?? secrets.signaturePrivateKey;
  let { keys } = keepKeys(secrets.privateKeys, group.tree, applied.tree);
  if (update !== undefined) keys = withItems(keys, [[nodeOfLeaf(ownLeaf), update.encryptionPrivateKey]]);
  if (path === undefined) return { privateKeys: keys, signaturePrivateKey, commitSecret: zeroSecret(suite) };
  const learned = openPath(suite, path, {
    tree,
    sender: committer,
    leafIndex: ownLeaf,
    privateKeys: keys,
    groupContext: encodedGroupContext(provisionalContext),
    added: addedLeaves,
  });
  const kept = keepKeys(keys, applied.tree, tree).keys;
  const privateKeys = withItems(kept, learned.privateKeys);
  return { privateKeys, signaturePrivateKey, commitSecret: learned.commitSecret };
}

/** The init secret that a commit starts from: that of the epoch, or that of an external init (RFC 9420 §8.3). */
export function initSecretFor(group: Group, externalInit: Uint8Array | undefined): Uint8Array {
  const { epoch } = group.secrets.open();
  if (externalInit === undefined) return epoch.initSecret;
  const { suite } = group;
  const keyPair = externalKeyPair(suite, epoch);
  const { size } = suite.kdf;
  const secret = hpkeReceiveExport(suite, keyPair, nothing, externalInitLabel, size, externalInit);
  wipe(keyPair.privateKey);
  if (secret === undefined) throw refusal("mls-external-init");
  return secret;
}

/** Runs the key schedule into the epoch of `context`. */
export function nextEpoch(suite: CipherSuite, input: EpochInput, context: GroupContext): NextEpoch {
  const { initSecret, commitSecret, pskSecret } = input;
  const contextBytes = encodedGroupContext(context);
  const joinerSecret = joinerSecretOf(suite, initSecret, commitSecret, contextBytes);
  return { ...startEpoch(suite, joinerSecret, pskSecret, contextBytes), joinerSecret };
}

/** The keys of our own Update proposal, where the commit covers one. */
function ownUpdate(group: Group, { applied }: EvaluatedCommit): PendingUpdate | undefined {
  const leaf = applied.updated.find(({ leafIndex }) => leafIndex === group.ownLeaf)?.leafNode;
  if (leaf === undefined) return undefined;
  const { pendingUpdates } = group.secrets.open();
  const update = pendingUpdates.find((one) => sameBytes(one.encryptionPublicKey, leaf.encryptionKey));
  const before = leafAt(group.tree, group.ownLeaf);
  const needsSigner = before === undefined || !sameBytes(before.signatureKey, leaf.signatureKey);
  if (update === undefined || (needsSigner && update.signaturePrivateKey === undefined)) {
    throw refusal("mls-update-key-unknown");
  }
  return update;
}
