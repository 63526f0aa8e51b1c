import { openConversation } from "../../src/conversation/open.ts";
import type { Step, StepTools } from "../../src/conversation/step.ts";

/** A device alone in a conversation that it has just opened, with keys from the randomness of the tools. */
export function alone(tools: StepTools): Step {
  const suite = tools.logSuite;
  return openConversation(
    {
      self: { person: "ada@mercy.example", device: "phone" },
      suite,
      signatureKeyPair: suite.signature.deriveKeyPair(tools.random(suite.signature.seedSize)),
      hub: { relay: "relay.example", logKey: new Uint8Array(65) },
      subject: "",
      keyPackages: [],
      leaf: { lifetime: { notBefore: 0n, notAfter: 2_000_000_000n } },
    },
    tools,
  );
}
