import { describe, expect, test } from "vitest";
import { utf8 } from "../../src/codec/utf8.ts";
import { noteGap } from "../../src/conversation/gap.ts";
import {
  type CredentialAuthority,
  unsafeDevelopmentAuthority,
  unsafeRevocationCredential,
} from "../../src/conversation/identity.ts";
import { hasNewerCredential, isLeafExpired } from "../../src/conversation/leaf-credential.ts";
import { leafUpdateDue } from "../../src/conversation/leaf-update.ts";
import type { ConversationState } from "../../src/conversation/state.ts";
import { Step, type StepTools } from "../../src/conversation/step.ts";
import { encryptOutgoing, isStale, pendingRequests } from "../../src/conversation/submit.ts";
import type { CipherSuite } from "../../src/crypto/suite.ts";
import { defaultCryptoProvider } from "../../src/crypto.ts";
import type { Credential } from "../../src/mls/credential.ts";
import { seededRandom } from "../../src/testing/seeded-random.ts";
import { alone } from "./alone.ts";

const suite = defaultCryptoProvider().suite(2) as CipherSuite;
const start = 1_764_000_000_000;
const minute = 60_000;

/** Good for some hours from the time that it names. */
const credentialFrom = (from: number, hours = 1): Credential => {
  return { type: "basic", identity: utf8(`${from} ${hours}`) };
};
const authority: CredentialAuthority = {
  ...unsafeDevelopmentAuthority(),
  identify: () => ({ person: "ada@mercy.example", device: "phone" }),
  isValid({ credential, at = start }) {
    if (credential.type !== "basic") return false;
    const [from = 0, hours = 0] = new TextDecoder().decode(credential.identity).split(" ").map(Number);
    return at >= from && at < from + hours * 60 * minute;
  },
};

function toolsAt(now: number, credential = credentialFrom(start)): StepTools {
  const random = seededRandom("leaf credential");
  return { logSuite: suite, authority, credential, random, now, relayNow: now, services: new Map() };
}

/** A device alone in its conversation, with a leaf whose credential is good for an hour from the start. */
function opened(said = false, hours = 1): ConversationState {
  const tools = toolsAt(start, credentialFrom(start, hours));
  const { state } = alone(tools);
  const step = new Step({ ...state, phase: "active", creation: undefined, intents: [] }, tools);
  // Bytes that nobody looks into here.
  if (said) step.queue("receipt", new Uint8Array(32), Uint8Array.of(1, 2, 3));
  return step.state;
}

describe("a leaf whose credential ends", () => {
  test("speaks no more from five minutes before that", () => {
    const state = opened();
    const isOver = (minutes: number): boolean => isLeafExpired(state, toolsAt(start + minutes * minute));
    expect([0, 54.9, 55, 60, 600].map(isOver)).toEqual([false, false, true, true, true]);
  });

  test("encrypts nothing then, and nothing that it has encrypted is handed over", () => {
    const step = new Step(opened(true), toolsAt(start));
    expect(isStale(step.state, step.tools, 64)).toBe(true);
    encryptOutgoing(step, 64);
    expect(pendingRequests(step.state, step.tools)).toHaveLength(1);
    const late = toolsAt(start + 56 * minute);
    expect(pendingRequests(step.state, late)).toEqual([]);
    const fresh = new Step(opened(true), late);
    expect(isStale(fresh.state, late, 64)).toBe(false);
    encryptOutgoing(fresh, 64);
    expect(fresh.state.outgoing[0]?.submission).toBeUndefined();
  });

  test("takes a newer one that is good, and no other", () => {
    const state = opened();
    const at = start + 30 * minute;
    const isNewer = (credential: Credential): boolean => hasNewerCredential(state, toolsAt(at, credential));
    expect(isNewer(credentialFrom(start))).toBe(false);
    expect(isNewer(credentialFrom(start + minute))).toBe(true);
    expect(isNewer(credentialFrom(start - 40 * minute))).toBe(false);
    expect(isNewer(credentialFrom(at + minute))).toBe(false);
    // It would be over before anything has arrived.
    expect(isNewer(credentialFrom(start - 26 * minute))).toBe(false);
  });
});

test("what nobody counts is not said again to whoever could not read it", () => {
  const senderAt = (minutes: number) => {
    const step = new Step(opened(true), toolsAt(start));
    encryptOutgoing(step, 64);
    const { submission } = step.state.outgoing[0] ?? {};
    if (submission === undefined) throw new Error("It was not encrypted.");
    const header = {
      conversation: step.state.id,
      seq: 2,
      previousHash: new Uint8Array(32),
      kind: "application",
      epoch: submission.epoch,
      payloadHash: submission.payloadHash,
      acceptedAt: start + minutes * minute,
      relay: "relay.example",
    } as const;
    noteGap(step, { header, payload: submission.payload }, "mls-decryption");
    return step.state.gaps[0]?.sender?.leaf;
  };
  expect([senderAt(59), senderAt(60)]).toEqual([0, undefined]);
});

describe("a newer credential is brought", () => {
  const newer = credentialFrom(start + 20 * minute);
  const dueAt = (minutes: number, state: Partial<ConversationState>, credential = newer) =>
    leafUpdateDue({ ...opened(), ...state }, toolsAt(start + minutes * minute, credential));
  const { leafUpdate } = opened();
  const used = { leafUpdate: { ...leafUpdate, isUsed: true } };
  const { outgoing } = opened(true);

  test("in the last two days of the old one, once the conversation is used", () => {
    expect(dueAt(30, {})).toBeUndefined();
    expect(dueAt(30, used)).toBe("renewal");
    expect(dueAt(30, used, credentialFrom(start))).toBeUndefined();
    const { group } = opened(false, 100);
    const next = credentialFrom(start + minute, 200);
    const ofLong = (hours: number) => dueAt(hours * 60, { ...used, group }, next);
    expect([1, 51, 53, 99].map(ofLong)).toEqual([undefined, undefined, "renewal", "renewal"]);
  });

  test("at once, where something waits that cannot be said otherwise", () => {
    expect(dueAt(30, { outgoing })).toBeUndefined();
    expect(dueAt(56, { outgoing })).toBe("renewal");
    expect(dueAt(56, { outgoing, ...used })).toBe("renewal");
    expect(dueAt(56, { outgoing }, credentialFrom(start))).toBeUndefined();
  });

  test("before a service is named, which may wait", () => {
    const keys = suite.signature.deriveKeyPair(seededRandom("service")(suite.signature.seedSize));
    const credential = unsafeRevocationCredential("mercy.example");
    const services = new Map([["mercy.example", { signatureKey: keys.publicKey, credential }]]);
    const due = (state: Partial<ConversationState>) =>
      leafUpdateDue({ ...opened(), ...state }, { ...toolsAt(start + 56 * minute, newer), services });
    expect(due({})).toBe("naming");
    expect(due({ outgoing })).toBe("renewal");
  });

  test("not twice, and not where this device is not heard", () => {
    const intents = [{ number: 1, type: "update" }] as const;
    expect(dueAt(56, { outgoing, ...used, intents })).toBeUndefined();
    expect(dueAt(56, { outgoing, ...used, phase: "halted" })).toBeUndefined();
  });
});
