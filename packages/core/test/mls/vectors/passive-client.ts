import assert from "node:assert/strict";
import { fromHex, hex } from "../../../src/codec/hex.ts";
import type { CipherSuite } from "../../../src/crypto/suite.ts";
import { ReadbackError } from "../../../src/error.ts";
import type { CredentialValidator } from "../../../src/mls/credential.ts";
import type { Group } from "../../../src/mls/group-state.ts";
import { epochAuthenticator, resumptionPsk } from "../../../src/mls/group-view.ts";
import type { HandshakeOptions } from "../../../src/mls/handshake-options.ts";
import { joinGroup } from "../../../src/mls/join-group.ts";
import { bundleOf, type KeyPackageBundle } from "../../../src/mls/key-package-bundle.ts";
import { decodeMessage } from "../../../src/mls/message.ts";
import type { PreSharedKeyId } from "../../../src/mls/pre-shared-key.ts";
import { receiveHandshake } from "../../../src/mls/receive-handshake.ts";
import { kemPrivateKey, type Outcome, signaturePrivateKey, skippedSuite, suiteOf } from "./tools.ts";

/** A case of `passive-client-*.json`. */
export interface PassiveClientCase {
  cipher_suite: number;
  external_psks: { psk_id: string; psk: string }[];
  key_package: string;
  signature_priv: string;
  encryption_priv: string;
  init_priv: string;
  welcome: string;
  ratchet_tree: string | null;
  initial_epoch_authenticator: string;
  epochs: { proposals: string[]; commit: string; epoch_authenticator: string }[];
}

const credentials: CredentialValidator = { isValid: () => true, isSuccessor: () => true };

/** Runs one case of `passive-client-*.json`; what the engine says it does not support is skipped. */
export function run(vector: unknown): Outcome {
  try {
    return follow(vector as PassiveClientCase);
  } catch (error) {
    const code = error instanceof ReadbackError ? error.code : "";
    if (code.startsWith("mls-unsupported-")) return `skipped: ${code}`;
    throw error;
  }
}

/** Runs one case; `now` in milliseconds turns on what depends on the time. */
export function follow(given: PassiveClientCase, now?: number): Outcome {
  const suite = suiteOf(given.cipher_suite);
  if (suite === undefined) return skippedSuite(given.cipher_suite);
  const resumption = new Map<string, Uint8Array>();
  const external = new Map(given.external_psks.map(({ psk_id, psk }) => [psk_id, fromHex(psk)]));
  const options: HandshakeOptions = {
    credentials,
    acceptExternalCommits: true,
    acceptNewMemberProposals: true,
    preSharedKeys: (id) => (id.type === "resumption" ? resumption.get(nameOf(id)) : external.get(hex(id.id))),
    ...(now === undefined ? {} : { now }),
  };
  let { group } = joinGroup({
    ...options,
    suite,
    welcome: fromHex(given.welcome),
    bundle: bundleIn(suite, given),
    ratchetTree: given.ratchet_tree === null ? undefined : fromHex(given.ratchet_tree),
  });
  assertAuthenticator(group, given.initial_epoch_authenticator);
  for (const { proposals, commit, epoch_authenticator } of given.epochs) {
    const { groupId } = group.context;
    resumption.set(`${hex(groupId)}/${group.epoch}`, resumptionPsk(group));
    for (const proposal of proposals) group = receive(group, proposal, options);
    group = receive(group, commit, options);
    assertAuthenticator(group, epoch_authenticator);
  }
  return "passed";
}

function receive(group: Group, message: string, options: HandshakeOptions): Group {
  const received = receiveHandshake(group, fromHex(message), options);
  assert.ok(received.group !== undefined, "the client was removed");
  return received.group;
}

/** The key package of a case with its private keys. */
export function bundleIn(suite: CipherSuite, given: PassiveClientCase): KeyPackageBundle {
  const message = decodeMessage(fromHex(given.key_package));
  assert.ok(message.type === "key-package");
  return bundleOf(suite, message.keyPackage, {
    initPrivateKey: kemPrivateKey(suite, given.init_priv),
    encryptionPrivateKey: kemPrivateKey(suite, given.encryption_priv),
    signaturePrivateKey: signaturePrivateKey(suite, given.signature_priv),
  });
}

function nameOf(id: Extract<PreSharedKeyId, { type: "resumption" }>): string {
  return `${hex(id.groupId)}/${id.epoch}`;
}

function assertAuthenticator(group: Group, expected: string): void {
  assert.equal(hex(epochAuthenticator(group)), expected, `epoch authenticator of epoch ${group.epoch}`);
}
