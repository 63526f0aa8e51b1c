import type { Group, MemberSecrets } from "./group-state.ts";
import { allSecrets } from "./key-schedule.ts";
import { items } from "./sparse-array.ts";

/**
 * The secrets of a group that is over which no group still in use shares: to be overwritten once the new state is
 * durable, and not before.
 *
 * @param group - the one before a commit, a staged one that another commit has beaten, or one that was left
 * @param inUse - for instance the group after the commit
 */
export function retiredSecrets(group: Group, ...inUse: readonly Group[]): Uint8Array[] {
  const used = new Set(inUse.flatMap((other) => [...secretsOf(other.secrets.open())]));
  return [...secretsOf(group.secrets.open())].filter((secret) => !used.has(secret));
}

function* secretsOf(secrets: MemberSecrets): Generator<Uint8Array> {
  yield secrets.signaturePrivateKey;
  yield* allSecrets(secrets.epoch);
  for (const [, secret] of items(secrets.secretTree.nodes)) yield secret;
  for (const [, { handshake, application }] of items(secrets.secretTree.ratchets)) {
    for (const { secret, skipped } of [handshake, application]) {
      yield secret;
      for (const { key, nonce } of skipped) yield* [key, nonce];
    }
  }
  yield* secrets.exporterTree.values();
  for (const [, privateKey] of items(secrets.privateKeys)) yield privateKey;
  for (const update of secrets.pendingUpdates) {
    yield update.encryptionPrivateKey;
    if (update.signaturePrivateKey !== undefined) yield update.signaturePrivateKey;
  }
}
