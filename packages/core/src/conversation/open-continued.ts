import { groupInfoOf } from "../mls/group-info-of.ts";
import type { Group } from "../mls/group-state.ts";
import { decodeKeyPackage } from "../mls/key-package.ts";
import { retiredSecrets } from "../mls/retired-secrets.ts";
import { type StagedSuccessor, stageBranch, stageSuccessor } from "../mls/stage-successor.ts";
import { keepContinued } from "./continue.ts";
import { continuedIn, hubExtension, namesHub, subjectExtension } from "./group-data.ts";
import { handshakeRules } from "./handshake-rules.ts";
import { beginLog, groupInput, type Opening } from "./open.ts";
import { servicesToKeep } from "./revocation-services.ts";
import type { ConversationState } from "./state.ts";
import type { Step, StepTools } from "./step.ts";
import { submissionOf } from "./submit.ts";

/**
 * Makes the conversation that another one goes on with: the group that its reinitialization asks for (RFC 9420 §11.2), or
 * where it was not reinitialized a branch of its group with a fresh identifier (§11.3). Everybody is in it from the first
 * entry of the log on, since only who has the old group can make that, and whoever begins may disappear. Throws an
 * `mls-…` code.
 *
 * @param old - the conversation, whose group is there
 */
export function openContinued(opening: Opening, old: ConversationState, tools: StepTools): Step {
  const { first, next, welcome, groupInfo } = stageNext(opening, old.group as Group, old, tools);
  const step = beginLog(opening, next, tools);
  step.consumed.push(...retiredSecrets(first, next));
  const submission = submissionOf(step, next.epoch, groupInfoOf(next, { withTree: true }));
  const continues = continuedIn(next.context.extensions);
  step.update({ continues, creation: { ...submission, welcome, groupInfo } });
  if (continues !== undefined) keepContinued(step, continues);
  step.addIntent({ number: step.takeNumber(), type: "open" });
  return step;
}

function stageNext(
  opening: Opening,
  group: Group,
  { log }: ConversationState,
  tools: StepTools,
): StagedSuccessor {
  const input = {
    ...groupInput(opening, tools),
    keyPackages: opening.keyPackages.map(decodeKeyPackage),
    groupInfoExtensions: [subjectExtension(opening.subject)],
    externalGroupInfo: true,
    ...handshakeRules(tools.authority, tools.relayNow),
  };
  // Where its relay cannot have it, the members go on elsewhere, in another group than was asked for.
  if (group.reInit !== undefined && namesHub(group.reInit.extensions, opening.hub))
    return stageSuccessor(group, input);
  const extensions = [
    hubExtension(opening.hub, log.head),
    ...servicesToKeep(tools.authority, group, tools.relayNow),
  ];
  return stageBranch(group, { ...input, groupId: tools.random(32), extensions });
}
