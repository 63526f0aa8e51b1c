import { ReadbackError } from "../error.ts";
import type { Group } from "../mls/group-state.ts";
import { leafAt, leafIndexes } from "../mls/group-view.ts";
import { countedBy } from "./device-counter.ts";
import { type CredentialAuthority, isSameDevice } from "./identity.ts";
import type { ConversationState, Member } from "./state.ts";

/** The member at a leaf of the group. Throws `mls-leaf-credential` where the credential names no device. */
export function memberAt(authority: CredentialAuthority, group: Group, leaf: number, since: number): Member {
  const node = leafAt(group, leaf);
  const name = node === undefined ? undefined : authority.identify(node.credential);
  if (name === undefined)
    throw new ReadbackError("mls-leaf-credential", "The credential of a leaf names no device.");
  return { person: name.person, device: name.device, leaf, since, until: undefined, counted: 0 };
}

/** The member at each leaf of a group, all of them since the same entry. Throws as {@link memberAt}. */
export function membersOf(authority: CredentialAuthority, group: Group, since: number): Member[] {
  return leafIndexes(group).map((leaf) => memberAt(authority, group, leaf, since));
}

/** A member that an entry has removed. */
export function goneAt(
  { counters }: Pick<ConversationState, "counters">,
  member: Member,
  seq: number,
): Member {
  return { ...member, until: seq, counted: countedBy(counters, member) };
}

/** The members of now. */
export function presentMembers(state: Pick<ConversationState, "members">): Member[] {
  return state.members.filter((member) => member.until === undefined);
}

/** The persons of now, each once, in the order of joining. */
export function presentPersons(state: ConversationState): string[] {
  return [...new Set(presentMembers(state).map((member) => member.person))];
}

/** The entry that added this device, the last time: what came before is not for it, nor what is said of that later. */
export function joinedAt({ members, self }: ConversationState): number {
  return members.findLast((member) => isSameDevice(member, self))?.since ?? 0;
}

/** Since which entry a device is a member without a break: to take its own place again is none. */
export function presentSince({ members }: Pick<ConversationState, "members">, member: Member): number {
  const before = members.find((other) => other.until === member.since && isSameDevice(other, member));
  return before === undefined ? member.since : presentSince({ members }, before);
}

/** The persons who were members when entry `seq` was accepted, each once. */
export function personsAt(state: ConversationState, seq: number): string[] {
  const there = state.members.filter(
    ({ since, until }) => since <= seq && (until === undefined || until > seq),
  );
  return [...new Set(there.map((member) => member.person))];
}
