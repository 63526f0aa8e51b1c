import { wipe } from "../crypto/wipe.ts";
import type { Random } from "../port/random.ts";
import type { AppliedProposals } from "./apply-proposals.ts";
import { type CommittedProposal, proposalsOfType } from "./committed-proposal.ts";
import { type FreshPath, pathSecretFor } from "./create-path.ts";
import type { Extension } from "./extension.ts";
import { makeGroupInfo } from "./group-info-of.ts";
import type { Group } from "./group-state.ts";
import { referenceOf } from "./key-package.ts";
import { welcomeSecretOf } from "./key-schedule.ts";
import { encodeMessage } from "./message.ts";
import { sealGroupInfo, sealGroupSecrets } from "./welcome-secrets.ts";

/** What a Welcome is made of besides the group that it leads to. */
export interface WelcomeInput {
  readonly committed: readonly CommittedProposal[];
  readonly applied: AppliedProposals;
  /** Of the commit, where it has one. */
  readonly path: FreshPath | undefined;
  readonly joinerSecret: Uint8Array;
  readonly pskSecret: Uint8Array;
  readonly extensions: readonly Extension[] | undefined;
  readonly withTree: boolean;
  readonly random: Random;
}

/**
 * The Welcome for everybody whom a commit adds, as MLSMessage (RFC 9420 §12.4.3.1); `undefined` where it adds nobody.
 *
 * @param next - the group after the commit
 */
export function makeWelcome(next: Group, input: WelcomeInput): Uint8Array | undefined {
  const { applied, path, joinerSecret, pskSecret, random } = input;
  const adds = proposalsOfType(input.committed, "add");
  if (adds.length === 0) return undefined;
  const { suite } = next;
  const info = makeGroupInfo(next, { withTree: input.withTree, extensions: input.extensions });
  const welcomeSecret = welcomeSecretOf(suite, joinerSecret, pskSecret);
  const encryptedGroupInfo = sealGroupInfo(suite, welcomeSecret, info);
  wipe(welcomeSecret);
  const joiners = adds.map(({ keyPackage }, i) => {
    const leafIndex = applied.added[i]?.leafIndex;
    const pathSecret = path && leafIndex !== undefined ? pathSecretFor(path, leafIndex) : undefined;
    const groupSecrets = { joinerSecret, pathSecret, psks: applied.psks };
    return { reference: referenceOf(suite, keyPackage), initKey: keyPackage.initKey, secrets: groupSecrets };
  });
  const secrets = sealGroupSecrets(suite, joiners, encryptedGroupInfo, random);
  return encodeMessage({
    type: "welcome",
    welcome: { cipherSuite: suite.id, secrets, encryptedGroupInfo },
  });
}
