import type { CipherSuite, KeyPair } from "../crypto/suite.ts";
import { createGroup } from "../mls/create-group.ts";
import { groupInfoOf } from "../mls/group-info-of.ts";
import type { Group } from "../mls/group-state.ts";
import { decodeKeyPackage } from "../mls/key-package.ts";
import type { LeafSettings } from "../mls/key-package-bundle.ts";
import { keepEpoch } from "./epoch-record.ts";
import { hubExtension } from "./group-data.ts";
import type { DeviceName } from "./identity.ts";
import { emptyLog } from "./known-log.ts";
import { nextLeafUpdate } from "./leaf-update.ts";
import { membersOf } from "./members.ts";
import { noPlaces } from "./message-places.ts";
import { emptyReceiptState } from "./receipt-state.ts";
import { nameServices } from "./revocation-services.ts";
import type { ConversationState, Hub } from "./state.ts";
import { Step, type StepTools } from "./step.ts";
import { submissionOf } from "./submit.ts";

/** What it takes to open a conversation. */
export interface Opening {
  readonly self: DeviceName;
  readonly suite: CipherSuite;
  readonly signatureKeyPair: KeyPair;
  readonly hub: Hub;
  readonly subject: string;
  /** One key package for each device of the other members, and of our own other devices. */
  readonly keyPackages: readonly Uint8Array[];
  readonly leaf: LeafSettings;
}

/**
 * Makes a conversation with a fresh identifier: a group of this device alone at epoch 0, whose GroupInfo opens the log,
 * and the intent to add everybody else. Throws an `mls-…` code.
 */
export function openConversation(opening: Opening, tools: StepTools): Step {
  const { person } = opening.self;
  const extensions = [hubExtension(opening.hub)];
  const invited = opening.keyPackages.map((one) => decodeKeyPackage(one).leafNode.credential);
  const persons = [person, ...invited.flatMap((one) => tools.authority.identify(one)?.person ?? [])];
  const group = createGroup({
    ...groupInput(opening, tools),
    groupId: tools.random(32),
    extensions: nameServices({ suite: opening.suite, extensions }, tools, persons) ?? extensions,
  });
  const step = beginLog(opening, group, tools);
  const submission = submissionOf(step, group.epoch, groupInfoOf(group, { withTree: true }));
  step.update({ creation: { ...submission, welcome: undefined, groupInfo: undefined } });
  step.addIntent({ number: step.takeNumber(), type: "add", keyPackages: opening.keyPackages });
  return step;
}

/** What a group of this device is made of, however it comes to be. */
export function groupInput({ suite, signatureKeyPair, leaf }: Opening, tools: StepTools) {
  const { credential, random } = tools;
  return { suite, credential, signatureKeyPair, random, ...leaf };
}

/** A conversation whose log is not open yet, with a group that nobody else has heard of. */
export function beginLog(opening: Opening, group: Group, tools: StepTools): Step {
  const { self, hub, subject } = opening;
  const state: ConversationState = {
    id: group.context.groupId,
    self,
    phase: "creating",
    subject,
    hub,
    group,
    position: { seq: 0, hash: new Uint8Array(32), acceptedAt: 0 },
    log: emptyLog,
    fork: undefined,
    continues: undefined,
    unverified: [],
    counters: new Map(),
    members: membersOf(tools.authority, group, 1),
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
  keepEpoch(step, undefined, group);
  return step;
}
