import { fromHex } from "../codec/hex.ts";
import { signCommitFault } from "../conversation/commit-fault.ts";
import { hashAt } from "../conversation/known-log.ts";
import { numbered, numberPart, recordName } from "../conversation/record-name.ts";
import { type Engine, familyKey } from "./engine.ts";
import type { Session } from "./session.ts";

/**
 * Tells the others that this device cannot process the commit at which it has stopped. The bytes are made and stored once,
 * so that the relay knows them again. Rejects where connection or storage fail.
 */
export async function tellCommitFault(engine: Engine, id: string, session: Session): Promise<void> {
  const state = engine.state(id);
  const seq = (state?.position.seq ?? 0) + 1;
  const payload = state?.phase === "halted" ? await faultAt(engine, id, seq) : undefined;
  if (state?.group === undefined || payload === undefined) return;
  const request = { type: "append", conversation: fromHex(id), kind: "fault", payload } as const;
  let epoch = state.group.epoch + 1n;
  // In which epoch the log is by now, the relay says where it is another one.
  for (let attempt = 0; attempt < 2; attempt++) {
    const answer = await session.request({ ...request, epoch, welcome: undefined, groupInfo: undefined });
    if (answer.type !== "epoch-changed") return;
    epoch = answer.epoch;
  }
}

/** The fault of the commit at a place, as it is stored; `undefined` where this device does not know that entry. */
async function faultAt(engine: Engine, id: string, seq: number): Promise<Uint8Array | undefined> {
  const stored = await engine.vault.read(`${familyKey(id, recordName.commitFault)}/${numberPart(seq)}`);
  if (stored !== undefined) return stored;
  const { suites, signatureKeyPair } = engine.device;
  return engine.step(id, (step) => {
    const { self: device, log } = step.state;
    const entryHash = hashAt(log, seq);
    if (entryHash === undefined) return undefined;
    const fault = { conversation: fromHex(id), seq, entryHash, device };
    const payload = signCommitFault(suites[0], signatureKeyPair, fault);
    step.put(numbered(recordName.commitFault, seq), payload);
    return payload;
  });
}
