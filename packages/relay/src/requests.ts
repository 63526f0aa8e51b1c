import { type Answer, type FetchRequest, maximumPageLength, type Request } from "@readback/core/wire";
import { appendContent } from "./append-content.ts";
import { appendHandshake, openLog } from "./append-handshake.ts";
import { groupInfoFor } from "./group-info.ts";
import type { Hub, KnownDevice } from "./hub.ts";
import { claimKeyPackages, publishKeyPackages } from "./key-packages.ts";
import { answerEnds } from "./log-ends.ts";
import { headOf } from "./log-writer.ts";
import { refused } from "./refused.ts";
import { revoke } from "./revocation.ts";
import { isService } from "./service-name.ts";

/** Whether a request only adds content to a log: such ones may overlap, since the store keeps them in order. */
export function isContent(request: Request): boolean {
  return request.type === "append" && request.kind !== "commit" && request.kind !== "proposal";
}

/** Does what a device asks that has nothing to do with the connection it came on. Rejects where the store fails. */
export async function answerRequest(hub: Hub, device: KnownDevice, request: Request): Promise<Answer> {
  if (isService(device) && !mayServe(request)) return refused("not-allowed");
  switch (request.type) {
    case "publish":
      return publishKeyPackages(hub, device, request);
    case "claim":
      return claimKeyPackages(hub, device, request);
    case "create":
      return openLog(hub, device, request);
    case "append":
      return isContent(request) ? appendContent(hub, device, request) : appendHandshake(hub, device, request);
    case "subscribe":
      return refused("not-allowed");
    case "fetch":
      return fetchEntries(hub, device, request);
    case "acknowledge-inbox":
      await hub.store.forgetInbox(device.name, request.upTo);
      return { type: "done" };
    case "group-info":
      return groupInfoFor(hub, device, request.conversation);
    case "ends":
      return answerEnds(hub, device, request);
    case "revoke":
      return revoke(hub, device, request);
  }
}

/** What a revocation service may ask: nothing that a member says, and nothing about key packages. */
function mayServe(request: Request): boolean {
  const { type } = request;
  return type === "revoke" || type === "group-info" || (type === "append" && request.kind === "proposal");
}

async function fetchEntries(hub: Hub, device: KnownDevice, request: FetchRequest): Promise<Answer> {
  const { conversation, after, limit } = request;
  const page = await hub.store.readLog({
    conversation,
    device: device.name,
    after,
    maximumEntries: Math.min(limit, maximumPageLength),
    maximumBytes: hub.limits.pageSize,
  });
  if (page === undefined) return refused("unknown-conversation");
  const entries = page.entries.map(({ header, payload }) => ({ header, payload }));
  return { type: "entries", entries, head: headOf(hub, conversation, page.last) };
}
