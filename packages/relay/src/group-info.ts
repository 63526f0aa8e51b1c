import { decodeMessage, encodeRatchetTree } from "@readback/core/mls";
import { type Answer, hex, sameBytes } from "@readback/core/wire";
import { restoreLogGroup } from "./handshakes.ts";
import type { Hub, KnownDevice } from "./hub.ts";
import { refused } from "./refused.ts";
import { isNamedIn, isService } from "./service-name.ts";

/**
 * What a member needs who has lost the group's secrets: the GroupInfo of the last committer and the tree it speaks of.
 * Nobody else gets it but a revocation service that the group names. `unavailable` where the last committer sent none, `welcome-first` to whom a Welcome waits for.
 */
export async function groupInfoFor(hub: Hub, device: KnownDevice, conversation: Uint8Array): Promise<Answer> {
  const key = `group-info ${device.name} ${hex(conversation)}`;
  if (!hub.rates.take(key, hub.limits.handshakes, hub.clock.now())) return refused("rate-limited");
  const stored = await hub.store.readGroup(conversation);
  if (stored === undefined) return refused("unknown-conversation");
  const { group, devices } = restoreLogGroup(hub, stored);
  const isAllowed = isService(device)
    ? isNamedIn(group, device)
    : [...devices.values()].includes(device.name);
  if (!isAllowed) return refused("not-allowed");
  if (isService(device) && group.reInit !== undefined) return refused("ended");
  if (await isWelcome(hub, device, conversation)) return refused("welcome-first");
  const { groupInfo } = stored;
  if (groupInfo === undefined || epochOf(groupInfo) !== group.epoch) return refused("unavailable");
  return { type: "group-info", groupInfo, ratchetTree: encodeRatchetTree(group.tree) };
}

/**
 * Whether a device was added and has not taken its Welcome yet: that gives it its place, from where on it may read the log.
 * A commit of its own would come later, and what lies between would be missing for good.
 */
async function isWelcome(hub: Hub, { name }: KnownDevice, conversation: Uint8Array): Promise<boolean> {
  let after = 0;
  for (;;) {
    const items = await hub.store.readInbox(name, after, hub.limits.pageSize);
    if (items.some(({ item }) => item.type === "welcome" && sameBytes(item.conversation, conversation)))
      return true;
    const last = items.at(-1);
    if (last === undefined) return false;
    after = last.index;
  }
}

function epochOf(groupInfo: Uint8Array): bigint | undefined {
  const message = decodeMessage(groupInfo);
  return message.type === "group-info" ? message.groupInfo.groupContext.epoch : undefined;
}
