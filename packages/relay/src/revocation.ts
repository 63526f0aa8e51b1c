import { domainOf, parseFullName } from "@readback/core/log";
import { type Answer, compareBytes, maximumListLength, type RevokeRequest } from "@readback/core/wire";
import type { Hub, KnownDevice } from "./hub.ts";
import { refused } from "./refused.ts";
import { serviceName } from "./service-name.ts";

/** Lets a device in no more. Says where it is a member: the service has it removed from there. */
export async function revoke(
  hub: Hub,
  service: KnownDevice,
  { device, after }: RevokeRequest,
): Promise<Answer> {
  const named = parseFullName(device);
  if (named === undefined || service.name !== serviceName(domainOf(named.person)))
    return refused("not-allowed");
  const { clock, connections, limits } = hub;
  if (!(await hub.store.revoke(device, limits.devicesPerOrganisation))) return refused("quota-exceeded");
  connections.turnOut(device, (end) => clock.wake(clock.now() + limits.loginTime, end));
  const logs = await hub.store.readableLogs(device);
  const present = logs
    .flatMap(({ ended, conversation }) => (ended ? [] : [conversation]))
    .filter((conversation) => after === undefined || compareBytes(conversation, after) > 0)
    .sort(compareBytes);
  hub.logger({ level: "info", event: "device-revoked", details: { conversations: present.length } });
  return { type: "revoked", conversations: present.slice(0, maximumListLength) };
}
