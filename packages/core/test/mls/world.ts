import { hex } from "../../src/codec/hex.ts";
import { utf8 } from "../../src/codec/utf8.ts";
import type { CipherSuite, KeyPair } from "../../src/crypto/suite.ts";
import { defaultCryptoProvider } from "../../src/crypto.ts";
import {
  type Capabilities,
  type CommitOptions,
  type Credential,
  type CredentialValidator,
  createGroup,
  createKeyPackage,
  defaultCapabilities,
  epochAuthenticator,
  type Group,
  joinGroup,
  type KeyPackageBundle,
  type StagedCommit,
  stageCommit,
} from "../../src/mls.ts";
import type { Random } from "../../src/port/random.ts";
import { seededRandom } from "../../src/testing/seeded-random.ts";
import { everySuite } from "../crypto/every-suite.ts";

const provider = everySuite(defaultCryptoProvider());

/** The suite of a number; throws where there is none. */
export function suiteOf(id: number): CipherSuite {
  const suite = provider.suite(id);
  if (suite === undefined) throw new Error(`suite ${id} is not built`);
  return suite;
}

/** Accepts every basic credential; a successor must say the same. */
export const credentials: CredentialValidator = {
  isValid: ({ credential }) => credential.type === "basic",
  isSuccessor: (before, after) =>
    before.type === "basic" && after.type === "basic" && hex(before.identity) === hex(after.identity),
};

/** Everything that is valid for ever. */
export const lifetime = { notBefore: 0n, notAfter: 0xffffffffffffffffn };

/** Somebody who can be in groups, with randomness of its own. */
export interface Person {
  readonly name: string;
  readonly suite: CipherSuite;
  readonly credential: Credential;
  readonly signatureKeyPair: KeyPair;
  readonly random: Random;
  /** The usual ones where it is absent. */
  readonly capabilities?: Capabilities | undefined;
}

/**
 * A person whose keys follow from the name.
 *
 * @param proposals - numbers of the types beyond the usual ones that the person supports
 */
export function person(name: string, suite: CipherSuite, proposals: readonly number[] = []): Person {
  const random = seededRandom(name);
  return {
    name,
    suite,
    credential: { type: "basic", identity: utf8(name) },
    signatureKeyPair: suite.signature.deriveKeyPair(random(suite.signature.seedSize)),
    random,
    capabilities: proposals.length === 0 ? undefined : { ...defaultCapabilities(suite), proposals },
  };
}

/** A fresh key package of a person. */
export function keyPackageOf(owner: Person): KeyPackageBundle {
  return createKeyPackage({ ...owner, lifetime });
}

/** A group of one person alone. */
export function groupOf(owner: Person, groupId = "group"): Group {
  return createGroup({ ...owner, groupId: utf8(groupId), lifetime });
}

/** A commit with the person's randomness and the usual validator. */
export function commitBy(owner: Person, group: Group, options: Partial<CommitOptions> = {}): StagedCommit {
  return stageCommit(group, { random: owner.random, credentials, ...options });
}

/** Joins by the Welcome of a commit. */
export function joinBy(owner: Person, bundle: KeyPackageBundle, { welcome }: StagedCommit): Group {
  if (welcome === undefined) throw new Error("there is no Welcome");
  return joinGroup({ suite: owner.suite, welcome, bundle, credentials }).group;
}

/** Two members of one group, `ada` at leaf 0 and `ben` at leaf 1. */
export function pair(suiteId = 1): { ada: Person; ben: Person; adas: Group; bens: Group } {
  const suite = suiteOf(suiteId);
  const [ada, ben] = [person("ada", suite), person("ben", suite)];
  const bundle = keyPackageOf(ben);
  const staged = commitBy(ada, groupOf(ada), { proposals: [{ type: "add", keyPackage: bundle.keyPackage }] });
  return { ada, ben, adas: staged.next, bens: joinBy(ben, bundle, staged) };
}

/** The epoch authenticator as hexadecimal. */
export function authenticatorOf(group: Group): string {
  return hex(epochAuthenticator(group));
}

/** The error code that a call throws, or `undefined` where it throws nothing. */
export function codeOf(call: () => unknown): string | undefined {
  try {
    call();
    return undefined;
  } catch (error) {
    if (typeof error === "object" && error !== null && "code" in error) return String(error.code);
    throw error;
  }
}
