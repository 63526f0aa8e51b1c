import { decodeMessage, encodeRatchetTree } from "@readback/core/mls";
import { type Answer, hex } from "@readback/core/wire";
import { restoreLogGroup } from "./handshakes.ts";
import type { Hub, KnownDevice } from "./hub.ts";
import { refused } from "./refused.ts";

/**
 * What a member needs who has lost the group's secrets: the GroupInfo of the last committer and the tree it speaks of.
 * Nobody else gets it. `unavailable` where the last committer sent none.
 */
export async function groupInfoFor(hub: Hub, device: KnownDevice, conversation: Uint8Array): Promise<Answer> {
  const key = `group-info ${device.name} ${hex(conversation)}`;
  if (!hub.rates.take(key, hub.limits.handshakes, hub.clock.now())) return refused("rate-limited");
  const stored = await hub.store.readGroup(conversation);
  if (stored === undefined) return refused("unknown-conversation");
  const { group, devices } = restoreLogGroup(hub, stored);
  if (![...devices.values()].includes(device.name)) return refused("not-allowed");
  const { groupInfo } = stored;
  if (groupInfo === undefined || epochOf(groupInfo) !== group.epoch) return refused("unavailable");
  return { type: "group-info", groupInfo, ratchetTree: encodeRatchetTree(group.tree) };
}

function epochOf(groupInfo: Uint8Array): bigint | undefined {
  const message = decodeMessage(groupInfo);
  return message.type === "group-info" ? message.groupInfo.groupContext.epoch : undefined;
}
