import { Writer } from "../codec/writer.ts";
import { signWithLabel, verifyWithLabel } from "../crypto/labels.ts";
import type { CipherSuite } from "../crypto/suite.ts";
import { type Challenge, type Login, writeLoginContent } from "../wire/login.ts";

const loginLabel = "RB-1 Login";

/** Answers a relay's challenge. @param suite - the suite that `login.suite` names and `privateKey` belongs to */
export function signLogin(
  suite: CipherSuite,
  privateKey: Uint8Array,
  challenge: Challenge,
  login: Omit<Login, "signature">,
): Login {
  return {
    ...login,
    signature: signWithLabel(suite, privateKey, loginLabel, loginContent(challenge, login)),
  };
}

/**
 * Whether the holder of `login.signatureKey` answered this very challenge. Never throws on what a device sent.
 * @param suite - the suite that `login.suite` names
 */
export function verifyLogin(suite: CipherSuite, challenge: Challenge, login: Login): boolean {
  const content = loginContent(challenge, login);
  return verifyWithLabel(suite, login.signatureKey, loginLabel, content, login.signature);
}

function loginContent(challenge: Challenge, login: Omit<Login, "signature">): Uint8Array {
  const writer = new Writer(512);
  writeLoginContent(writer, challenge, login);
  return writer.finish();
}
