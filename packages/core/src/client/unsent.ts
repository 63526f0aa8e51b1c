import { hex } from "../codec/hex.ts";
import { numbered, numberIn, recordName } from "../conversation/record-name.ts";
import type { Outgoing } from "../conversation/state.ts";
import { decodeOutgoing } from "../conversation/state-record.ts";
import type { ConversationRuntime } from "./conversation-runtime.ts";
import { familyKey } from "./engine.ts";

/** Messages of this device that will never be sent, the newest ones that there are, in the order they were written. */
export async function readUnsent({ engine, id }: ConversationRuntime, limit: number): Promise<Outgoing[]> {
  const entries = await engine.vault.list(familyKey(id, recordName.unsent), { limit, descending: true });
  return entries.map(({ value }) => decodeOutgoing(value)).reverse();
}

/** Forgets a message that will never be sent. False where there is none with this id, in hexadecimal. */
export async function forgetUnsent({ engine, id }: ConversationRuntime, messageId: string): Promise<boolean> {
  const entries = await engine.vault.list(familyKey(id, recordName.unsent));
  const found = entries.find(({ value }) => hex(decodeOutgoing(value).id) === messageId);
  if (found === undefined) return false;
  await engine.step(id, (step) => step.remove(numbered(recordName.unsent, numberIn(found.key))));
  return true;
}
