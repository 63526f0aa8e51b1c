import { systemRandom } from "@readback/core";
import { type CipherSuite, defaultCryptoProvider } from "@readback/core/crypto";
import {
  type CredentialValidator,
  createGroup,
  createKeyPackage,
  type Group,
  joinGroup,
  type LeafSettings,
  stageCommit,
} from "@readback/core/mls";

/** Two members of one group. */
export interface Members {
  readonly sender: Group;
  readonly receiver: Group;
}

const random = systemRandom;

const credentials: CredentialValidator = {
  isValid: ({ credential }) => credential.type === "basic",
  isSuccessor: () => true,
};

/** Two members of a group of `size`; the rest is there for the size. All were added by one commit. */
export function membersOf(suiteId: number, size: number): Members {
  const suite = suiteOf(suiteId);
  const creator = createGroup({ ...member(suite, "0"), suite, groupId: random(32), random });
  const bundles = Array.from({ length: size - 1 }, (_, index) =>
    createKeyPackage({ ...member(suite, `${index + 1}`), suite, random }),
  );
  const proposals = bundles.map(({ keyPackage }) => ({ type: "add", keyPackage }) as const);
  const { next, welcome } = stageCommit(creator, { random, credentials, proposals });
  const bundle = bundles.at(-1);
  if (welcome === undefined || bundle === undefined) throw new Error("Nobody was added.");
  return { sender: next, receiver: joinGroup({ suite, welcome, bundle, credentials }).group };
}

function member(suite: CipherSuite, name: string) {
  return {
    credential: { type: "basic", identity: new TextEncoder().encode(name) } as const,
    signatureKeyPair: suite.signature.deriveKeyPair(random(suite.signature.seedSize)),
    lifetime: { notBefore: 0n, notAfter: 0xffff_ffff_ffff_ffffn } satisfies LeafSettings["lifetime"],
  };
}

function suiteOf(id: number): CipherSuite {
  const suite = defaultCryptoProvider().suite(id);
  if (suite === undefined) throw new Error(`There is no suite ${id}.`);
  return suite;
}
