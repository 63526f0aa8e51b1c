import type { CipherSuite } from "../crypto/suite.ts";
import type { Capabilities } from "../mls/capabilities.ts";
import { type Credential, credentialTypeOf } from "../mls/credential.ts";
import { withGrease } from "../mls/grease.ts";
import { defaultCapabilities } from "../mls/key-package-bundle.ts";
import type { Random } from "../port/random.ts";

/**
 * What a leaf of this device says that it supports, in a group of any of these suites. With values that mean nothing, in every list that may hold some (RFC
 * 9420 §13.5): whoever refuses what it does not know is found out today, and not when there is something new.
 */
export function ownCapabilities(
  suites: readonly [CipherSuite, ...CipherSuite[]],
  credential: Credential,
  random: Random,
): Capabilities {
  const supported = defaultCapabilities(suites[0], [credentialTypeOf(credential)]);
  return withGrease({ ...supported, cipherSuites: suites.map(({ id }) => id) }, random);
}
