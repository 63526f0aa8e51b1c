import { fromHex } from "../codec/hex.ts";
import { stageRejoin } from "../conversation/rejoin.ts";
import { ReadbackError } from "../error.ts";
import type { Engine } from "./engine.ts";
import type { Session } from "./session.ts";

/**
 * Asks the relay for what it takes to rejoin a conversation's group, and stores the commit that does it. False where the
 * relay has nothing, or nothing good: then it may be asked again later. Rejects where connection or storage fail.
 */
export async function askForPlace(engine: Engine, id: string, session: Session): Promise<boolean> {
  const answer = await session.request({ type: "group-info", conversation: fromHex(id) });
  if (answer.type !== "group-info") return false;
  const { groupInfo, ratchetTree } = answer;
  const { identity, signatureKeyPair } = engine.device;
  try {
    await engine.step(id, (step) => {
      stageRejoin(step, { identity, signatureKeyPair, groupInfo, ratchetTree });
    });
    return true;
  } catch (error) {
    // What a relay made up is no reason to stop; what the store says is.
    if (error instanceof ReadbackError && /^(mls-|malformed$|too-large$)/.test(error.code)) return false;
    throw error;
  }
}
