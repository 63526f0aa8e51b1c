import assert from "node:assert/strict";
import { fromHex } from "../../../src/codec/hex.ts";
import { encodedGroupContext } from "../../../src/mls/group-context.ts";
import { isGroupInfoSignatureValid } from "../../../src/mls/group-info.ts";
import { referenceOf } from "../../../src/mls/key-package.ts";
import { startEpoch, welcomeSecretOf, zeroSecret } from "../../../src/mls/key-schedule.ts";
import { decodeMessage } from "../../../src/mls/message.ts";
import { confirmationTagOf } from "../../../src/mls/transcript.ts";
import { unsealGroupInfo, unsealGroupSecrets } from "../../../src/mls/welcome-secrets.ts";
import { kemPrivateKey, type Outcome, skippedSuite, suiteOf } from "./tools.ts";

interface WelcomeCase {
  cipher_suite: number;
  init_priv: string;
  signer_pub: string;
  key_package: string;
  welcome: string;
}

/** Runs one case of `welcome.json`. */
export function run(vector: unknown): Outcome {
  const given = vector as WelcomeCase;
  const suite = suiteOf(given.cipher_suite);
  if (suite === undefined) return skippedSuite(given.cipher_suite);
  const keyPackageMessage = decodeMessage(fromHex(given.key_package));
  assert.ok(keyPackageMessage.type === "key-package");
  const { keyPackage } = keyPackageMessage;
  const message = decodeMessage(fromHex(given.welcome));
  assert.ok(message.type === "welcome");
  const { welcome } = message;
  assert.equal(welcome.cipherSuite, suite.id);

  const initKeyPair = { publicKey: keyPackage.initKey, privateKey: kemPrivateKey(suite, given.init_priv) };
  const reference = referenceOf(suite, keyPackage);
  const { joinerSecret, psks } = unsealGroupSecrets(suite, welcome, reference, initKeyPair);
  assert.equal(psks.length, 0);
  const psk = zeroSecret(suite);
  const welcomeSecret = welcomeSecretOf(suite, joinerSecret, psk);
  const info = unsealGroupInfo(suite, welcomeSecret, welcome.encryptedGroupInfo);
  assert.ok(isGroupInfoSignatureValid(suite, fromHex(given.signer_pub), info));

  const context = info.groupContext;
  const { secrets } = startEpoch(suite, joinerSecret, psk, encodedGroupContext(context));
  const tag = confirmationTagOf(suite, secrets.confirmationKey, context.confirmedTranscriptHash);
  assert.deepEqual(info.confirmationTag, tag);
  return "passed";
}
