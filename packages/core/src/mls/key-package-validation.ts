import { sameBytes } from "../codec/bytes.ts";
import type { CipherSuite } from "../crypto/suite.ts";
import { leafOptions, type ValidationOptions } from "./handshake-options.ts";
import { isKeyPackageSignatureValid, type KeyPackage } from "./key-package.ts";
import { validateLeafNode } from "./leaf-validation.ts";
import { mls10 } from "./protocol-version.ts";
import { refusal } from "./rule.ts";

/**
 * The rules of RFC 9420 §10 and §10.1 that a key package meets by itself. Throws `mls-key-package-version`,
 * `mls-key-package-suite`, `mls-key-package-init-key`, `mls-key-package-signature`, and what `validateLeafNode` throws.
 * That its capabilities list its extensions is for its owner to see to: unknown ones must be ignored (§13.4).
 */
export function validateKeyPackage(
  suite: CipherSuite,
  keyPackage: KeyPackage,
  options: ValidationOptions,
): void {
  const { version, cipherSuite, initKey, leafNode } = keyPackage;
  if (version !== mls10) throw refusal("mls-key-package-version");
  if (cipherSuite !== suite.id) throw refusal("mls-key-package-suite");
  if (sameBytes(initKey, leafNode.encryptionKey) || !suite.kem.isPublicKey(initKey)) {
    throw refusal("mls-key-package-init-key");
  }
  if (!isKeyPackageSignatureValid(suite, keyPackage)) throw refusal("mls-key-package-signature");
  validateLeafNode(suite, leafNode, { ...leafOptions(options), source: "key-package" });
}
