import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { type TroubleKind, troubleWeights } from "./lies/trouble.ts";

/** What a run is asked to do. */
export interface Options {
  readonly seed: string;
  /** Events of all worlds together, at least. */
  readonly events: number;
  /** Instead of a number of events. */
  readonly hours: number | undefined;
  readonly crypto: "model" | "real";
  /** How many worlds happen at once. */
  readonly threads: number;
  /** What goes wrong in every world that nobody may do. */
  readonly trouble: TroubleKind | undefined;
  /** Whether groups end in every world. */
  readonly endings: boolean;
  /** Whether a violation is minimised. */
  readonly minimise: boolean;
  /** The one world of this name, instead of those that the seed gives. */
  readonly world: string | undefined;
  /** A number or a name; empty for all. */
  readonly scenario: string | undefined;
  /** A file that an earlier run has left. */
  readonly replay: string | undefined;
  /** Names of mutants, separated by commas; empty for all. */
  readonly mutants: string | undefined;
}

export const usage = `npm run ward -- [options]
  --seed S         what everything is drawn from (default: 1)
  --events N       how many events to simulate (default: 200000)
  --hours H        for how long, instead of --events
  --crypto KIND    model (fast, protects nothing; default) or real
  --threads N      how many worlds happen at once (default: one for each processor)
  --trouble KIND   in every world, instead of one of four: lies (of the relay), betrayals (of a member) or losses
  --endings        groups end in every world, instead of one of five
  --no-minimise    print a violation as it was found
  --replay FILE    the one world that a violation has left in FILE
  --world NAME     one world by its name: the seed, a slash, its number
  --scenario NAME  one scenario by number or name; all: every one of them
  --mutants NAMES  bugs to plant, one after the other; all: every one of them`;

/** What the arguments ask for, or `undefined` where they cannot be understood. */
export function parseOptions(args: readonly string[]): Options | undefined {
  try {
    const { values } = parseArgs({
      args: args.map((arg, index) => {
        const isBare = arg === "--mutants" && (args[index + 1]?.startsWith("--") ?? true);
        return isBare ? "--mutants=all" : arg;
      }),
      options: {
        seed: { type: "string", default: "1" },
        events: { type: "string", default: "200000" },
        hours: { type: "string" },
        crypto: { type: "string", default: "model" },
        threads: { type: "string", default: `${availableParallelism()}` },
        trouble: { type: "string" },
        endings: { type: "boolean", default: false },
        "no-minimise": { type: "boolean", default: false },
        world: { type: "string" },
        scenario: { type: "string" },
        replay: { type: "string" },
        mutants: { type: "string" },
      },
    });
    const { crypto } = values;
    const events = Number(values.events);
    const hours = values.hours === undefined ? undefined : Number(values.hours);
    const threads = Number(values.threads);
    if (!(Number.isInteger(threads) && threads > 0)) return undefined;
    const { trouble } = values;
    if (trouble !== undefined && !Object.hasOwn(troubleWeights, trouble)) return undefined;
    if ((crypto !== "model" && crypto !== "real") || !(events > 0) || hours === 0 || Number.isNaN(hours))
      return undefined;
    return {
      seed: values.seed,
      events,
      hours,
      crypto,
      threads,
      trouble: values.trouble as TroubleKind | undefined,
      endings: values.endings,
      minimise: !values["no-minimise"],
      world: values.world,
      scenario: values.scenario,
      replay: values.replay,
      mutants: values.mutants,
    };
  } catch {
    // Unknown options: the answer is the usage.
    return undefined;
  }
}
