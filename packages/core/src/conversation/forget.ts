import { decodeContent } from "./content.ts";
import type { MessageRecord } from "./message-record.ts";
import { forgetRequest } from "./pending-request.ts";
import { numbered, recordName } from "./record-name.ts";
import { dropRepair } from "./repair.ts";
import type { Step } from "./step.ts";
import { reactionFamily, unfileVersion } from "./versions.ts";

/**
 * Forgets messages, the oldest ones there are, with all that is kept of them: what was answered, who could not read them,
 * what waits for them. In the same step goes whatever proves only them. What is said of them later is not kept.
 *
 * @param keptFrom - the first entry that is kept
 * @param others - names of records that go too: what proves nothing of what is kept, what was never sent
 */
export function forgetMessages(
  step: Step,
  messages: readonly MessageRecord[],
  keptFrom: number,
  others: readonly string[],
): void {
  step.update({ keptFrom: Math.max(keptFrom, step.state.keptFrom) });
  for (const record of messages) {
    const { seq, id, content } = record;
    step.remove(numbered(recordName.message, seq));
    step.remove(numbered(recordName.repeated, seq));
    step.remove(`${numbered(recordName.answer, seq)}/`);
    step.remove(`${numbered(recordName.fault, seq)}/`);
    step.remove(`${reactionFamily(id)}/`);
    if (content.length > 0) unfileVersion(step, record, decodeContent(content));
  }
  for (const { seq } of step.state.requests) if (seq < keptFrom) forgetRequest(step, seq);
  for (const { seq } of step.state.repairs) if (seq < keptFrom) dropRepair(step, seq);
  for (const name of others) step.remove(name);
}
