import type { Conversation, Message } from "@readback/core";
import type { Device } from "../world/device.ts";
import { Violation } from "./violation.ts";
import type { Witness } from "./witness.ts";

/** What a client tells of the progress of a message. */
export interface Progress {
  readonly conversation: Conversation;
  readonly message: Message;
  readonly status: "sent" | "delivered" | "read" | "acknowledged";
  readonly by: string;
  readonly device: string;
}

const ladder = ["sent", "delivered", "read", "acknowledged"] as const;

/** I4, as the application hears it: nobody is said to have what they do not have, or to have done what they have not. */
export function checkReceipt(witness: Witness, device: Device, progress: Progress): void {
  const { conversation, message, status } = progress;
  const log = witness.logs.get(conversation.id);
  const seq = message.seq ?? log?.placeOf.get(message.id);
  const what = `${device.fullName} was told that message ${seq} of ${conversation.id.slice(0, 8)} is ${status}`;
  if (log === undefined || seq === undefined) throw new Violation("I4", `${what}, and no log has it`);
  if (status === "sent") return;
  for (const [person, devices] of log.personsAt(seq)) {
    if (person === message.from || devices.some((name) => witness.permits.has("untrue", name))) continue;
    const reached = Math.max(
      ...devices.map((name) => levelOf(witness, name, conversation.id, seq, message.id)),
    );
    if (reached < ladder.indexOf(status)) throw new Violation("I4", `${what}, and with ${person} it is not`);
  }
}

function levelOf(witness: Witness, device: string, conversation: string, seq: number, id: string): number {
  const record = witness.device(device);
  if (record.acknowledged.has(id)) return 3;
  if ((record.marked.get(conversation) ?? 0) >= seq) return 2;
  return record.holds(conversation, seq) || record.heldOnce.has(`${conversation} ${seq}`) ? 1 : 0;
}
