import { domainOf, parseFullName } from "@readback/core/log";
import { type Answer, maximumListLength, type RevokeRequest } from "@readback/core/wire";
import type { Hub, KnownDevice } from "./hub.ts";
import { refused } from "./refused.ts";
import { serviceName } from "./service-name.ts";

/** Lets a device in no more. Says where it is a member: the service has it removed from there. */
export async function revoke(hub: Hub, service: KnownDevice, { device }: RevokeRequest): Promise<Answer> {
  const named = parseFullName(device);
  if (named === undefined || service.name !== serviceName(domainOf(named.person)))
    return refused("not-allowed");
  await hub.store.revoke(device);
  hub.connections.turnOut(device);
  const logs = await hub.store.readableLogs(device);
  const present = logs.filter(({ ended }) => !ended).map(({ conversation }) => conversation);
  hub.logger({ level: "info", event: "device-revoked", details: { conversations: present.length } });
  // Where it is in more, the rest comes when it is asked for again.
  return { type: "revoked", conversations: present.slice(0, maximumListLength) };
}
