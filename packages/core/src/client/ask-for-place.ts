import { fromHex } from "../codec/hex.ts";
import { stageRejoin } from "../conversation/rejoin.ts";
import { ReadbackError } from "../error.ts";
import type { Engine } from "./engine.ts";
import type { Session } from "./session.ts";

/**
 * Asks the relay for what it takes to rejoin a conversation's group, and stores the commit that does it. `nothing` where the
 * relay has nothing, or nothing good; `later` where it says when: once a Welcome is used, or that it was asked too often.
 * It may be asked again either way. Rejects where connection or storage fail.
 */
export async function askForPlace(
  engine: Engine,
  id: string,
  session: Session,
): Promise<"staged" | "later" | "nothing"> {
  const answer = await session.request({ type: "group-info", conversation: fromHex(id) });
  if (answer.type === "refused" && (answer.code === "welcome-first" || answer.code === "rate-limited"))
    return "later";
  if (answer.type !== "group-info") return "nothing";
  const { groupInfo, ratchetTree } = answer;
  const { signatureKeyPair, suites } = engine.device;
  try {
    await engine.step(id, (step) => {
      stageRejoin(step, { signatureKeyPair, suites, groupInfo, ratchetTree });
    });
    return "staged";
  } catch (error) {
    // What a relay made up is no reason to stop; what the store says is.
    if (error instanceof ReadbackError && /^(mls-|malformed$|too-large$)/.test(error.code)) return "nothing";
    throw error;
  }
}
