import { expect, test } from "vitest";
import { unsafeDevelopmentIdentity } from "../../src/client/identity.ts";
import { utf8 } from "../../src/codec/utf8.ts";
import { receiveCommit } from "../../src/conversation/receive-handshake.ts";
import type { ConversationState, Fork, Phase } from "../../src/conversation/state.ts";
import { Step, type StepTools } from "../../src/conversation/step.ts";
import { submissionOf } from "../../src/conversation/submit.ts";
import type { CipherSuite } from "../../src/crypto/suite.ts";
import { defaultCryptoProvider } from "../../src/crypto.ts";
import type { Group } from "../../src/mls/group-state.ts";
import { stageCommit } from "../../src/mls/stage-commit.ts";
import { seededRandom } from "../../src/testing/seeded-random.ts";
import { alone } from "./alone.ts";

const suite = defaultCryptoProvider().suite(2) as CipherSuite;
const identity = unsafeDevelopmentIdentity({ person: "ada@mercy.example", device: "phone" });
const credential = { type: "basic", identity: utf8("ada@mercy.example/phone") } as const;
const tools: StepTools = {
  logSuite: suite,
  authority: identity.authority,
  credential,
  random: seededRandom("rejoin"),
  now: 1_764_000_000_000,
  relayNow: 1_764_000_000_000,
  services: new Map(),
};
const fork = { seq: 1 } as Fork;

/** What a conversation is in after the log has the commit by which this device takes its place again. */
function phaseAfterRejoining(before: Partial<ConversationState>): Phase {
  const opened = alone(tools);
  const group = opened.state.group as Group;
  const { credentials, random } = { credentials: tools.authority, random: tools.random };
  const { commit, next } = stageCommit(group, { credentials, random, forcePath: true });
  const submission = submissionOf(opened, group.epoch, commit);
  const none = { welcome: undefined, groupInfo: undefined, added: [], removed: [], isAddedAnew: false };
  const step = new Step(
    {
      ...opened.state,
      creation: undefined,
      intents: [{ number: 7, type: "rejoin" }],
      staged: { intent: 7, kind: "commit", submission, next, ...none },
      ...before,
    },
    tools,
  );
  const header = {
    conversation: step.state.id,
    seq: 2,
    previousHash: new Uint8Array(32),
    kind: "commit",
    epoch: group.epoch,
    payloadHash: submission.payloadHash,
    acceptedAt: tools.now,
    relay: "relay.example",
  } as const;
  receiveCommit(step, { header, payload: commit });
  expect(step.state.intents).toEqual([]);
  expect(step.state.group).toBe(next);
  return step.state.phase;
}

test.each<[before: Phase, fork: Fork | undefined, after: Phase]>([
  ["halted", undefined, "active"],
  ["active", undefined, "active"],
  ["leaving", undefined, "leaving"],
  ["frozen", fork, "frozen"],
  ["halted", fork, "frozen"],
])("having its place again, a device goes on from %s with fork %j to %s", (phase, found, after) => {
  expect(phaseAfterRejoining({ phase, fork: found })).toBe(after);
});
