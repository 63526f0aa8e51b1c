import { p521 } from "@noble/curves/nist.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { nistSuite } from "./nist-suite.ts";
import { nobleHash } from "./noble/hash.ts";
import type { SuiteSource } from "./with-suites.ts";

/** Suite 0x0005: P-521, AES-256-GCM, SHA-512. */
export const p521Suite: SuiteSource = /* @__PURE__ */ nistSuite({
  id: 0x0005,
  name: "MLS_256_DHKEMP521_AES256GCM_SHA512_P521",
  kemId: 0x0012,
  kdfId: 0x0003,
  candidateMask: 0x01,
  hash: /* @__PURE__ */ nobleHash(sha512),
  hashName: "sha512",
  curve: p521,
  keys: {
    type: { asymmetricKeyType: "ec", namedCurve: "secp521r1" },
    size: 66,
    spki: "30819b301006072a8648ce3d020106052b8104002303818600",
    pkcs8: "3060020100301006072a8648ce3d020106052b81040023044930470201010442",
  },
  seedSize: 99,
});
