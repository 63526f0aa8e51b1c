import { decodeMessage } from "@readback/core/mls";
import { hex } from "@readback/core/wire";

/** The group that has to follow the one in which a commit was made, where it says so. */
export function successorIn(commit: Uint8Array): string | undefined {
  const message = decodeMessage(commit);
  const content = message.type === "public-message" ? message.publicMessage.content.content : undefined;
  if (content?.type !== "commit") return undefined;
  for (const item of content.commit.proposals)
    if (item.type === "proposal" && item.proposal.type === "reinit") return hex(item.proposal.reInit.groupId);
  return undefined;
}
