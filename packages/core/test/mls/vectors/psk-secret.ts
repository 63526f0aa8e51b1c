import { fromHex } from "../../../src/codec/hex.ts";
import { pskSecretOf } from "../../../src/mls/psk-secret.ts";
import { assertHex, type Outcome, skippedSuite, suiteOf } from "./tools.ts";

interface PskSecretCase {
  cipher_suite: number;
  psks: { psk_id: string; psk: string; psk_nonce: string }[];
  psk_secret: string;
}

/** Runs one case of `psk_secret.json`. */
export function run(vector: unknown): Outcome {
  const { cipher_suite, psks, psk_secret } = vector as PskSecretCase;
  const suite = suiteOf(cipher_suite);
  if (suite === undefined) return skippedSuite(cipher_suite);
  const keys = psks.map(({ psk_id, psk, psk_nonce }) => ({
    id: { type: "external", id: fromHex(psk_id), nonce: fromHex(psk_nonce) } as const,
    secret: fromHex(psk),
  }));
  assertHex(pskSecretOf(suite, keys), psk_secret, "psk_secret");
  return "passed";
}
