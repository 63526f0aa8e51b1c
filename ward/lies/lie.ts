import type { IntegrityFinding } from "@readback/core";
import type { Chance } from "../kernel/chance.ts";
import type { ForgedRelay } from "../scenarios/forged-relay.ts";
import type { Between } from "../world/watched-transport.ts";
import type { Permits } from "./permits.ts";
import type { Victim } from "./victim.ts";

/** What a lie is told with. */
export interface Telling {
  readonly victim: Victim;
  readonly forged: ForgedRelay;
  readonly chance: Chance;
  /** The conversation that it is about, where it is about one: its identifier in hexadecimal. */
  readonly conversation: string;
  /** All other devices. */
  others(): readonly Victim[];
  /** What the relay has kept, for all devices, by a name. */
  readonly memory: Map<string, Uint8Array>;
  /** For what the lie explains besides. */
  readonly permits: Permits;
}

/** What a relay lets one device believe for a while, and what that device may find out because of it. */
export interface Lie {
  /** How often, compared with the others. */
  readonly weight: number;
  /** What the device may find out. Others find nothing out, but what `others` names in the conversation. */
  readonly findings: readonly IntegrityFinding[];
  readonly others?: readonly IntegrityFinding[];
  /** What the device may report. */
  readonly errors?: readonly string[];
  /**
   * What is not promised to the device while this is told. `current`: that it knows what it does not have. `welcome`: that
   * it gets into conversations that it was added to. `receipts`: that others hear what it holds, before the next message.
   */
  readonly gives?: readonly ("current" | "welcome" | "receipts")[];
  /** Begins to tell it: from then on it is asked about each message. A message that it leaves as it is was no lie. */
  begin(telling: Telling): Between;
}
