import type { CurveKeyAlgorithm, KeyAlgorithm } from "./keys.ts";

/** X25519 (RFC 8410). */
export const x25519Keys: KeyAlgorithm = {
  type: { asymmetricKeyType: "x25519" },
  size: 32,
  spki: "302a300506032b656e032100",
  pkcs8: "302e020100300506032b656e04220420",
};

/** Ed25519 (RFC 8410). */
export const ed25519Keys: KeyAlgorithm = {
  type: { asymmetricKeyType: "ed25519" },
  size: 32,
  spki: "302a300506032b6570032100",
  pkcs8: "302e020100300506032b657004220420",
};

/** P-256 (RFC 5480, RFC 5915). */
export const p256Keys: CurveKeyAlgorithm = {
  type: { asymmetricKeyType: "ec", namedCurve: "prime256v1" },
  size: 32,
  spki: "3059301306072a8648ce3d020106082a8648ce3d030107034200",
  pkcs8: "3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420",
};
