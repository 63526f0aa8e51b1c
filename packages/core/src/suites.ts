/**
 * Cipher suites of RFC 9420 that no provider has unasked, since they are larger than what most need.
 *
 * ```ts
 * import { defaultCryptoProvider, withSuites } from "@readback/core/crypto";
 * import { p521Suite } from "@readback/core/suites";
 *
 * const crypto = withSuites(defaultCryptoProvider(), p521Suite);
 * console.log(crypto.suite(5)?.name);
 * ```
 *
 * @packageDocumentation
 */
export { p521Suite } from "./crypto/p521-suite.ts";
export type { SuiteSource } from "./crypto/with-suites.ts";
export { x448ChaCha20Suite, x448Suite } from "./crypto/x448-suites.ts";
