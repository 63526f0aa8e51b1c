import { decode } from "../../packages/core/src/codec/reader.ts";
import { encode } from "../../packages/core/src/codec/writer.ts";
import { readCommit, writeCommit } from "../../packages/core/src/mls/commit.ts";
import type { Content } from "../../packages/core/src/mls/framing.ts";
import { readProposal, writeProposal } from "../../packages/core/src/mls/proposal.ts";
import { applyPublicHandshake, decodeMessage, receiveHandshake } from "../../packages/core/src/mls.ts";
import { forgePublic } from "../../packages/core/test/mls/forge.ts";
import type { Target } from "../target.ts";
import { isOfMls } from "./codes.ts";
import { company, options, outcomeOf, unchanged } from "./groups.ts";
import { resignedLeaf, resignedProposal } from "./resigned.ts";
import { handshakes, proposals } from "./sent.ts";

const common = { home: "core", memory: 2 ** 26, mayRefuse: isOfMls } as const;

/** Reasons for which only a member can refuse what it and a follower see alike. */
const onlyMembers: readonly (string | undefined)[] = [
  "mls-confirmation-tag",
  "mls-external-init",
  "mls-path-decryption",
  "mls-path-secret",
  "mls-psk-unknown",
  "mls-update-key-unknown",
];

/** A member who sends what it likes, well signed and tagged: what gets past the signatures of the others. */
export const insiderTargets: readonly Target[] = [
  {
    ...common,
    name: "insider-commit",
    seeds: () => handshakes().flatMap(commitIn),
    take: (input) => {
      const { proposals, path } = decode(readCommit, input);
      const commit = {
        proposals: proposals.map((item) =>
          item.type === "proposal" ? { ...item, proposal: resignedProposal(item.proposal) } : item,
        ),
        path: path && { ...path, leafNode: resignedLeaf(path.leafNode) },
      };
      return bothJudge({ type: "commit", commit });
    },
  },
  {
    ...common,
    name: "insider-proposal",
    seeds: () => proposals().map((proposal) => encode(writeProposal, proposal)),
    take: (input) => bothJudge({ type: "proposal", proposal: resignedProposal(decode(readProposal, input)) }),
  },
];

/** ada says it; cai and a follower come to one verdict, but for what only members can tell. */
function bothJudge(content: Content): undefined {
  const [adas, , cais] = company().groups;
  const message = forgePublic(adas, content);
  const { secrets: _, ownLeaf: __, ...follower } = cais;
  const byFollower = outcomeOf(() => applyPublicHandshake(follower, message, options)).refusal;
  const byMember = outcomeOf(() => unchanged(cais, () => receiveHandshake(cais, message, options))).refusal;
  const areOne = byFollower?.code === byMember?.code;
  if (!areOne && !(byFollower === undefined && onlyMembers.includes(byMember?.code)))
    throw new Error(`a follower says ${byFollower?.code}, a member says ${byMember?.code}`);
  if (byMember !== undefined) throw byMember;
  return undefined;
}

function commitIn(bytes: Uint8Array): Uint8Array[] {
  const message = decodeMessage(bytes);
  if (message.type !== "public-message") return [];
  const { content } = message.publicMessage.content;
  return content.type === "commit" ? [encode(writeCommit, content.commit)] : [];
}
