import { createHash } from "node:crypto";
import { hex } from "@readback/core/wire";
import { unsafeHash } from "./unsafe-hash.ts";

let isModel = true;

/** Which hash the world computes payload hashes with. */
export function hashLike(crypto: "model" | "real"): void {
  isModel = crypto === "model";
}

/** The hash of a payload in hexadecimal, as the log of this world has it. */
export function hashOf(payload: Uint8Array): string {
  return isModel ? hex(unsafeHash(1, payload)) : createHash("sha256").update(payload).digest("hex");
}
