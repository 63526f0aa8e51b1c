import { closingCases } from "./transport/closing-cases.ts";
import { frameCases } from "./transport/frame-cases.ts";
import { openingCases } from "./transport/opening-cases.ts";
import type { TransportCase } from "./transport/transport-case.ts";

/**
 * The contract of `Transport` as data: an adapter is complete when all of them pass.
 *
 * ```ts
 * for (const { name, run } of transportCases) test(name, () => run(make));
 * ```
 */
export const transportCases: readonly TransportCase[] = [...openingCases, ...frameCases, ...closingCases];
