import { nodeCrypto } from "./native/node-crypto.ts";
import { nativeCryptoProvider } from "./native/provider.ts";
import { nobleCryptoProvider } from "./noble/provider.ts";
import type { CryptoProvider } from "./suite.ts";

let chosen: CryptoProvider | undefined;

/** The fastest provider that this runtime has: `node:crypto` in Node, Deno and Bun, noble elsewhere. Always the same one. */
export function defaultCryptoProvider(): CryptoProvider {
  chosen ??= choose();
  return chosen;
}

function choose(): CryptoProvider {
  const node = nodeCrypto();
  return node === undefined ? nobleCryptoProvider : nativeCryptoProvider(node);
}
