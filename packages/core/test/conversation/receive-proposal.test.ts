import { expect, test } from "vitest";
import { utf8 } from "../../src/codec/utf8.ts";
import { type CredentialAuthority, unsafeDevelopmentAuthority } from "../../src/conversation/identity.ts";
import { receiveProposal } from "../../src/conversation/receive-handshake.ts";
import { Step, type StepTools } from "../../src/conversation/step.ts";
import { encryptOutgoing } from "../../src/conversation/submit.ts";
import type { CipherSuite } from "../../src/crypto/suite.ts";
import { defaultCryptoProvider } from "../../src/crypto.ts";
import { createProposal } from "../../src/mls/create-proposal.ts";
import { createExternalProposal } from "../../src/mls/external-proposal.ts";
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
  return received(tools, (group) => createProposal(group, propose(group)).message);
}

/** The same of any message. */
function received(tools: StepTools, write: (group: Group) => Uint8Array) {
  const opened = alone(tools);
  const group = opened.state.group as Group;
  const payload = write(group);
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

test("of a revocation service the removal of devices of its own domain is taken, and nothing else", () => {
  const keys = suite.signature.deriveKeyPair(seededRandom("service")(suite.signature.seedSize));
  const service = { signatureKey: keys.publicKey, credential: tools.credential };
  const said = (proposal: Proposal, domain: string | undefined) => {
    const authority: CredentialAuthority = {
      ...tools.authority,
      // It was the service of mercy when the group began.
      revocationServiceOf: ({ at = 0 }) => (at < now ? "mercy.example" : domain),
    };
    const services = new Map([["mercy.example", service]]);
    const key = { senderIndex: 0, signaturePrivateKey: keys.privateKey };
    const write = (group: Group) => createExternalProposal(group, proposal, key);
    return received({ ...tools, authority, services, relayNow: now - 400_000 }, write).problems;
  };
  const remove: Proposal = { type: "remove", removed: 0 };
  const refused = ["mls-external-proposal-refused"];
  expect(said(remove, "mercy.example")).toEqual([]);
  expect(said(remove, "lukes.example")).toEqual(refused);
  // Its credential has ended.
  expect(said(remove, undefined)).toEqual(refused);
  expect(said({ type: "group-context-extensions", extensions: [] }, "mercy.example")).toEqual(refused);
});
