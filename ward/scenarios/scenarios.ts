import { certificateScenarios } from "./certificates.ts";
import { commitScenarios } from "./commits.ts";
import { forgeryScenarios } from "./forgeries.ts";
import { hubScenarios } from "./hub.ts";
import { memberScenarios } from "./members.ts";
import { messageScenarios } from "./messages.ts";
import { proofScenarios } from "./proofs.ts";
import { recoveryScenarios } from "./recovery.ts";
import { reinitializationScenarios } from "./reinitialize.ts";
import { roomScenarios } from "./rooms.ts";
import type { Scenario } from "./scenario.ts";
import { versionScenarios } from "./versions.ts";

/** Every scenario that can be played today. */
export const scenarios: readonly Scenario[] = [
  ...commitScenarios,
  ...messageScenarios,
  ...versionScenarios,
  ...hubScenarios,
  ...forgeryScenarios,
  ...memberScenarios,
  ...recoveryScenarios,
  ...reinitializationScenarios,
  ...roomScenarios,
  ...certificateScenarios,
  ...proofScenarios,
];
