import { digestOfEnds, signEnds } from "@readback/core/log";
import { type Answer, type EndsRequest, sameBytes } from "@readback/core/wire";
import type { Hub, KnownDevice } from "./hub.ts";

/** Signs anew where all logs end that a device reads: how it knows that it has heard of everything. */
export async function answerEnds(hub: Hub, device: KnownDevice, request: EndsRequest): Promise<Answer> {
  // Before the store is read: what was accepted up to then is in what is signed.
  const signedAt = hub.clock.now();
  const logs = await hub.store.readableLogs(device.name);
  const ends = logs.filter(({ ended }) => !ended);
  const digest = digestOfEnds(hub.logSuite, ends);
  const content = { device: device.name, nonce: request.nonce, digest, signedAt };
  const signature = signEnds(hub.logSuite, hub.logKeys.privateKey, content);
  const isKnown = sameBytes(digest, request.digest);
  return { type: "ends", signedAt, signature, ends: isKnown ? undefined : ends };
}
