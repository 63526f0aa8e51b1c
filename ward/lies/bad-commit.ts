import type { CipherSuite } from "@readback/core/crypto";
import { type StagedCommit, stageCommit } from "@readback/core/mls";
import type { ConversationState } from "../../packages/core/src/conversation/state.ts";

/**
 * A commit with fresh keys that only some can process: everything in it is signed and as it has to be, but for some of the
 * others the secret that is to lead them to the next epoch is another one. A relay, which has none of the keys, cannot
 * tell.
 *
 * @param isSpoiled - asked for each of those that it is sealed for
 */
export function badCommit(
  group: NonNullable<ConversationState["group"]>,
  credentials: Parameters<typeof stageCommit>[1]["credentials"],
  random: (length: number) => Uint8Array,
  now: number,
  isSpoiled: () => boolean,
): StagedCommit {
  const { suite } = group;
  const { aead, hash } = suite;
  const spoiling: CipherSuite = {
    ...suite,
    aead: {
      ...aead,
      seal: (key, nonce, data, plaintext) =>
        aead.seal(
          key,
          nonce,
          data,
          plaintext.length === hash.size && isSpoiled() ? random(plaintext.length) : plaintext,
        ),
    },
  };
  return stageCommit(
    { ...group, suite: spoiling },
    { credentials, now, random, forcePath: true, externalGroupInfo: true },
  );
}
