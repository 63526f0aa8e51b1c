import { Program } from "./program.ts";
import type { AuditOrder, AuditReport, StoredMessage } from "./talk.ts";

/** What a client's file holds, read by a new process that is connected to nothing. The client must be gone. */
export function audit(order: Omit<AuditOrder, "type">): Promise<readonly StoredMessage[]> {
  return new Promise((resolve, reject) => {
    const auditor = new Program<AuditOrder, AuditReport>("auditor.ts", {
      onReport: ({ messages }) => void auditor.kill().then(() => resolve(messages)),
      onCrash: (reason) => reject(new Error(reason)),
    });
    auditor.tell({ type: "audit", ...order });
  });
}
