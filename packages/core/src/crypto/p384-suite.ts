import { p384 } from "@noble/curves/nist.js";
import { sha384 } from "@noble/hashes/sha2.js";
import { nistSuite } from "./nist-suite.ts";
import { nobleHash } from "./noble/hash.ts";
import type { SuiteSource } from "./with-suites.ts";

/** Suite 0x0007: P-384, AES-256-GCM, SHA-384. */
export const p384Suite: SuiteSource = nistSuite({
  id: 0x0007,
  name: "MLS_256_DHKEMP384_AES256GCM_SHA384_P384",
  kemId: 0x0011,
  kdfId: 0x0002,
  candidateMask: 0xff,
  hash: nobleHash(sha384),
  hashName: "sha384",
  curve: p384,
  keys: {
    type: { asymmetricKeyType: "ec", namedCurve: "secp384r1" },
    size: 48,
    spki: "3076301006072a8648ce3d020106052b81040022036200",
    pkcs8: "304e020100301006072a8648ce3d020106052b81040022043730350201010430",
  },
  seedSize: 72,
});
