import { expect, test } from "vitest";
import { utf8 } from "../../src/codec/utf8.ts";
import { unsafeDevelopmentAuthority } from "../../src/conversation/identity.ts";
import { receiveProposal } from "../../src/conversation/receive-handshake.ts";
import { Step, type StepTools } from "../../src/conversation/step.ts";
import { encryptOutgoing } from "../../src/conversation/submit.ts";
import type { CipherSuite } from "../../src/crypto/suite.ts";
import { defaultCryptoProvider } from "../../src/crypto.ts";
import { createProposal } from "../../src/mls/create-proposal.ts";
import type { Group } from "../../src/mls/group-state.ts";
import type { Proposal } from "../../src/mls/proposal.ts";
import { seededRandom } from "../../src/testing/seeded-random.ts";
import { alone } from "./alone.ts";

const suite = defaultCryptoProvider().suite(2) as CipherSuite;
const now = 1_764_000_000_000;
const tools: StepTools = {
  logSuite: suite,
  authority: unsafeDevelopmentAuthority(),
  credential: { type: "basic", identity: utf8("ada@mercy.example/phone") },
  random: seededRandom("receive proposal"),
  now,
  relayNow: now,
  services: new Map(),
};

/** What becomes of a conversation in whose log a member's proposal stands, whatever the relay should have done. */
function proposed(propose: (group: Group) => Proposal) {
  const opened = alone(tools);
  const group = opened.state.group as Group;
  const { message: payload } = createProposal(group, propose(group));
  const state = { ...opened.state, phase: "active", creation: undefined, intents: [] } as const;
  const step = new Step(state, tools);
  const header = {
    conversation: state.id,
    seq: 2,
    previousHash: new Uint8Array(32),
    kind: "proposal",
    epoch: group.epoch,
    payloadHash: suite.hash.digest(payload),
    acceptedAt: now,
    relay: "relay.example",
  } as const;
  receiveProposal(step, { header, payload });
  step.queue("application", new Uint8Array(32), Uint8Array.of(1, 2, 3));
  encryptOutgoing(step, 1);
  const isHeard = step.state.outgoing[0]?.submission !== undefined;
  const problems = step.finish().events.flatMap((event) => (event.type === "problem" ? [event.code] : []));
  return { pending: step.state.group?.pending.length, isHeard, problems };
}

test("a proposal waits for a commit, and nothing is said before", () => {
  const nothingNew = ({ context: { extensions } }: Group): Proposal => {
    return { type: "group-context-extensions", extensions };
  };
  expect(proposed(nothingNew)).toEqual({ pending: 1, isHeard: false, problems: [] });
});

test("a proposed reinitialization silences no conversation: it is committed at once, or counts for nothing", () => {
  const reInit = { groupId: new Uint8Array(32), version: 1, cipherSuite: 2, extensions: [] };
  expect(proposed(() => ({ type: "reinit", reInit }))).toEqual({
    pending: 0,
    isHeard: true,
    problems: ["malformed"],
  });
});
