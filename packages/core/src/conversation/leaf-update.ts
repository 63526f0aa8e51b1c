import { sameBytes } from "../codec/bytes.ts";
import type { Group } from "../mls/group-state.ts";
import { leafAt, leafIndexes } from "../mls/group-view.ts";
import type { Random } from "../port/random.ts";
import { domainOf } from "./identity.ts";
import { type CredentialTools, endsSoon, hasNewerCredential, isLeafExpired } from "./leaf-credential.ts";
import { presentMembers } from "./members.ts";
import { lacksOwnService } from "./revocation-services.ts";
import type { ConversationState } from "./state.ts";
import type { Step, StepTools } from "./step.ts";

/**
 * When this device is to put a fresh key into its leaf. Whoever has once read the secrets of a device reads along until it
 * does (RFC 9420 §16.6, post-compromise security).
 */
export interface LeafUpdate {
  /** Milliseconds by the relay's time; 0: at once. */
  readonly dueAt: number;
  /** Whether anything was said since the leaf has its key: a conversation in which nobody speaks has nothing to protect. */
  readonly isUsed: boolean;
}

const second = 1_000;
const hour = 3_600 * second;
const day = 24 * hour;

/** How long a key of a leaf is used, and within what time after that the devices of a conversation take their turns. */
const interval = 7 * day;
const spread = day;

/**
 * After joining, whose key has been with the relay and perhaps for long: not at once, since a conversation begins with
 * what is urgent, and in large ones one after the other.
 */
const joinDelay = 60 * second;
const joinTurn = 10 * second;

/** For a leaf that has a fresh key since `at`. */
export function nextLeafUpdate(at: number, random: Random): LeafUpdate {
  return { dueAt: at + interval + within(spread, random), isUsed: false };
}

/**
 * For a device that has joined at `at` by a key package. One of last resort has served others before, and may have been
 * with the relay for months: nothing is said under it.
 */
export function leafUpdateAfterJoin(
  group: Group,
  at: number,
  isLastResort: boolean,
  random: Random,
): LeafUpdate {
  if (isLastResort) return { dueAt: 0, isUsed: true };
  const turns = Math.min(hour, leafIndexes(group).length * joinTurn);
  return { dueAt: at + joinDelay + within(turns, random), isUsed: false };
}

/**
 * Whether it is time: at once, when it is this conversation's turn, or as often as it makes sense, since nothing counts that is
 * said under the credential of the leaf. By our own clock: a little early or late does no harm. Any update brings a newer
 * credential; for its sake alone there is one where the one in the leaf ends soon and the conversation is used. Any names the
 * revocation service of the device's domain; for its sake alone there is one where none is named, or an older one.
 */
export function leafUpdateDue(
  state: UpdateState,
  tools: UpdateTools,
): "now" | "in-turn" | "renewal" | "naming" | undefined {
  const { phase, group, leafUpdate, intents, outgoing } = state;
  const { dueAt, isUsed } = leafUpdate;
  if (phase !== "active" || group === undefined || intents.some(({ type }) => type === "update")) return;
  if (isUsed && dueAt === 0) return "now";
  const isWaiting = outgoing.length > 0 && isLeafExpired(state, tools);
  const isEnding = isUsed && endsSoon(state, tools);
  if ((isWaiting || isEnding) && hasNewerCredential(state, tools)) return "renewal";
  if (lacksOwnService(state, tools)) return "naming";
  // Where nobody else is there nothing has to be protected.
  return isUsed && tools.now >= dueAt && leafIndexes(group).length > 1 ? "in-turn" : undefined;
}

/** Asks for a commit that does nothing but update this device's leaf. Where it comes to nothing, it is asked for a day later. */
export function requestLeafUpdate(step: Step): void {
  step.addIntent({ number: step.takeNumber(), type: "update" });
  step.update({ leafUpdate: { dueAt: step.tools.now + day, isUsed: true } });
}

/** The relay takes no handshakes of this device now: to be asked for at some other time of the day. */
export function postponeLeafUpdate(step: Step): void {
  const { random, now } = step.tools;
  for (const { number, type } of step.state.intents) if (type === "update") step.endIntent(number);
  step.update({ leafUpdate: { dueAt: now + within(day, random), isUsed: true } });
}

/** Notes that something was said. */
export function noteUse(step: Step): void {
  const { leafUpdate } = step.state;
  if (!leafUpdate.isUsed) step.update({ leafUpdate: { ...leafUpdate, isUsed: true } });
}

/** Notes that a commit of ours is in the log, at `at`: most of them bring a fresh leaf, and then none is due for long. */
export function noteOwnCommit(step: Step, before: Group | undefined, at: number): void {
  const { group } = step.state;
  if (group === undefined || (before !== undefined && sameBytes(ownKey(before), ownKey(group)))) return;
  for (const { number, type } of step.state.intents) if (type === "update") step.endIntent(number);
  step.update({ leafUpdate: nextLeafUpdate(at, step.tools.random) });
}

type UpdateState = Pick<
  ConversationState,
  "phase" | "group" | "self" | "members" | "leafUpdate" | "intents" | "outgoing"
>;
type UpdateTools = CredentialTools & Pick<StepTools, "now" | "services">;

/** How many devices of its own domain come before this one: of all of them one is to name a service of theirs. */
export function rankInDomain(state: Pick<ConversationState, "group" | "self" | "members">): number {
  const domain = domainOf(state.self.person);
  const own = state.group?.ownLeaf ?? 0;
  return presentMembers(state).filter(({ person, leaf }) => leaf < own && domainOf(person) === domain).length;
}

function ownKey(group: Group): Uint8Array {
  return leafAt(group, group.ownLeaf)?.encryptionKey ?? new Uint8Array();
}

/** A random part of a time, in milliseconds. */
function within(time: number, random: Random): number {
  const [high = 0, low = 0] = random(2);
  return Math.floor(((high * 256 + low) / 65_536) * time);
}
