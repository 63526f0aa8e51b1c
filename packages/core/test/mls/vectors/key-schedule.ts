import assert from "node:assert/strict";
import { fromHex } from "../../../src/codec/hex.ts";
import { Writer } from "../../../src/codec/writer.ts";
import {
  exportFrom,
  externalKeyPair,
  joinerSecretOf,
  startEpoch,
  welcomeSecretOf,
} from "../../../src/mls/key-schedule.ts";
import { assertHex, type Outcome, skippedSuite, suiteOf } from "./tools.ts";

interface KeyScheduleCase {
  cipher_suite: number;
  group_id: string;
  initial_init_secret: string;
  epochs: {
    tree_hash: string;
    commit_secret: string;
    psk_secret: string;
    confirmed_transcript_hash: string;
    group_context: string;
    joiner_secret: string;
    welcome_secret: string;
    init_secret: string;
    sender_data_secret: string;
    encryption_secret: string;
    exporter_secret: string;
    epoch_authenticator: string;
    external_secret: string;
    confirmation_key: string;
    membership_key: string;
    resumption_psk: string;
    external_pub: string;
    exporter: { label: string; context: string; length: number; secret: string };
  }[];
}

/** Runs one case of `key-schedule.json`. */
export function run(vector: unknown): Outcome {
  const { cipher_suite, group_id, initial_init_secret, epochs } = vector as KeyScheduleCase;
  const suite = suiteOf(cipher_suite);
  if (suite === undefined) return skippedSuite(cipher_suite);
  let initSecret = fromHex(initial_init_secret);
  for (const [epoch, expected] of epochs.entries()) {
    const context = new Writer()
      .u16(1)
      .u16(suite.id)
      .bytes(fromHex(group_id))
      .u64(BigInt(epoch))
      .bytes(fromHex(expected.tree_hash))
      .bytes(fromHex(expected.confirmed_transcript_hash))
      .bytes(new Uint8Array(0))
      .finish();
    assertHex(context, expected.group_context, "group_context");
    const joiner = joinerSecretOf(suite, initSecret, fromHex(expected.commit_secret), context);
    assertHex(joiner, expected.joiner_secret, "joiner_secret");
    const psk = fromHex(expected.psk_secret);
    assertHex(welcomeSecretOf(suite, joiner, psk), expected.welcome_secret, "welcome_secret");
    const { secrets, encryptionSecret } = startEpoch(suite, joiner, psk, context);
    assertHex(secrets.initSecret, expected.init_secret, "init_secret");
    assertHex(secrets.senderDataSecret, expected.sender_data_secret, "sender_data_secret");
    assertHex(encryptionSecret, expected.encryption_secret, "encryption_secret");
    assertHex(secrets.exporterSecret, expected.exporter_secret, "exporter_secret");
    assertHex(secrets.epochAuthenticator, expected.epoch_authenticator, "epoch_authenticator");
    assertHex(secrets.externalSecret, expected.external_secret, "external_secret");
    assertHex(secrets.confirmationKey, expected.confirmation_key, "confirmation_key");
    assertHex(secrets.membershipKey, expected.membership_key, "membership_key");
    assertHex(secrets.resumptionPsk, expected.resumption_psk, "resumption_psk");
    assertHex(externalKeyPair(suite, secrets).publicKey, expected.external_pub, "external_pub");
    const { label, context: exportContext, length, secret } = expected.exporter;
    const exported = exportFrom(suite, secrets.exporterSecret, label, fromHex(exportContext), length);
    assertHex(exported, secret, "exporter.secret");
    initSecret = secrets.initSecret;
  }
  assert.ok(epochs.length > 0);
  return "passed";
}
