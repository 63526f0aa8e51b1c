import type { CipherSuite, KeyPair } from "../crypto/suite.ts";
import { createGroup } from "../mls/create-group.ts";
import { groupInfoOf } from "../mls/group-info-of.ts";
import { decodeKeyPackage } from "../mls/key-package.ts";
import type { LeafSettings } from "../mls/key-package-bundle.ts";
import { stageBranch } from "../mls/stage-successor.ts";
import { keepContinued } from "./continue.ts";
import { keepEpoch } from "./epoch-record.ts";
import { hubExtension, subjectExtension } from "./group-data.ts";
import type { DeviceName, Identity } from "./identity.ts";
import { emptyLog } from "./known-log.ts";
import { longestLeafLifetime } from "./leaf-lifetime.ts";
import { nextLeafUpdate } from "./leaf-update.ts";
import { memberAt } from "./members.ts";
import { noPlaces } from "./message-places.ts";
import { emptyReceiptState } from "./receipt-state.ts";
import { putStaged } from "./stage.ts";
import type { ConversationState, Hub } from "./state.ts";
import { Step, type StepTools } from "./step.ts";
import { submissionOf } from "./submit.ts";

/** What it takes to open a conversation. */
export interface Opening {
  readonly identity: Identity;
  readonly suite: CipherSuite;
  readonly signatureKeyPair: KeyPair;
  readonly hub: Hub;
  readonly subject: string;
  /** One key package for each device of the other members, and of our own other devices. */
  readonly keyPackages: readonly Uint8Array[];
  readonly leaf: LeafSettings;
  /** The conversation that this one goes on with; its group is there. */
  readonly continues?: ConversationState | undefined;
}

/**
 * Makes a conversation with a fresh identifier: a group of this device alone at epoch 0, whose GroupInfo opens the log,
 * and the intent to add everybody else. Where it goes on with another conversation, the commit for that is made at once,
 * since it takes a secret of the old group: key packages are then of members of that group. Throws an `mls-…` code.
 */
export function openConversation(opening: Opening, tools: StepTools): Step {
  const { identity, hub, subject } = opening;
  const id = tools.random(32);
  const self: DeviceName = { person: identity.person, device: identity.device };
  const continues = opening.continues?.log.head;
  const input = {
    suite: opening.suite,
    groupId: id,
    credential: identity.credential(opening.signatureKeyPair.publicKey),
    signatureKeyPair: opening.signatureKeyPair,
    extensions: [hubExtension(hub, continues)],
    random: tools.random,
    ...opening.leaf,
  };
  const predecessor = opening.continues?.group;
  const branch = predecessor && stageBranch(predecessor, { ...input, ...branching(opening, tools) });
  const group = branch?.first ?? createGroup(input);
  const state: ConversationState = {
    id,
    self,
    phase: "creating",
    subject,
    hub,
    group,
    position: { seq: 0, hash: new Uint8Array(32), acceptedAt: 0 },
    log: emptyLog,
    fork: undefined,
    continues,
    unverified: [],
    counters: new Map(),
    members: [memberAt(tools.authority, group, group.ownLeaf, 1)],
    receipts: emptyReceiptState,
    requests: [],
    gaps: [],
    repairs: [],
    reported: { stored: 0, displayed: 0 },
    due: { stored: 0, displayed: 0 },
    places: noPlaces,
    outgoing: [],
    intents: [],
    staged: undefined,
    creation: undefined,
    nextNumber: 1,
    deviceCounter: 0,
    givenUp: [],
    leafUpdate: nextLeafUpdate(tools.now, tools.random),
    pruned: { inEpoch: 0, last: 0 },
    keptFrom: 0,
  };
  const step = new Step(state, tools, true);
  step.update({ creation: submissionOf(step, 0n, groupInfoOf(group, { withTree: true })) });
  keepEpoch(step, undefined, group);
  const number = step.takeNumber();
  step.addIntent({ number, type: "add", keyPackages: opening.keyPackages });
  if (continues !== undefined) keepContinued(step, continues);
  if (branch !== undefined) putStaged(step, number, 0n, branch);
  return step;
}

function branching({ keyPackages, subject }: Opening, tools: StepTools) {
  return {
    keyPackages: keyPackages.map(decodeKeyPackage),
    groupInfoExtensions: [subjectExtension(subject)],
    externalGroupInfo: true,
    credentials: tools.authority,
    now: tools.relayNow,
    longestLifetime: longestLeafLifetime,
  };
}
