import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import type { Group } from "./row.ts";

// Entry points as an application would write them. MLS by itself takes a suite, so the provider comes with it.
const core = 'export * from "@readback/core";';
const mls =
  'export * from "@readback/core/mls"; export { nobleCryptoProvider } from "@readback/core/crypto";';

// What the suites 1, 2 and 3 and the sealing of records are made of, taken from noble as it is.
const noble = `
  export { ed25519, x25519 } from "@noble/curves/ed25519.js";
  export { p256 } from "@noble/curves/nist.js";
  export { gcm } from "@noble/ciphers/aes.js";
  export { chacha20poly1305 } from "@noble/ciphers/chacha.js";
  export { sha256, sha512 } from "@noble/hashes/sha2.js";
  export { hmac } from "@noble/hashes/hmac.js";
`;

/** What a web page has to load. */
export const bundle: Group = {
  name: "bundle",
  about:
    "esbuild --bundle --minify --format=esm --platform=browser, gzip -9; raw: the primitives of noble alone",
  async run() {
    const [coreSize, mlsSize, nobleSize] = await Promise.all([core, mls, noble].map(gzippedSize));
    const rest = { unit: "B", raw: nobleSize ?? 0, rawOf: "noble alone" } as const;
    return [
      { what: "@readback/core, gzip", measured: coreSize ?? 0, goal: "≤ 60,000 B", ...rest },
      { what: "@readback/core/mls with noble, gzip", measured: mlsSize ?? 0, goal: "≤ 45,000 B", ...rest },
    ];
  },
};

async function gzippedSize(entry: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: entry, resolveDir: fileURLToPath(new URL("../packages/core", import.meta.url)) },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    // The sources as they stand, so that nothing has to be built first.
    conditions: ["@readback/source"],
    write: false,
    logLevel: "error",
  });
  return gzipSync(outputFiles[0]?.contents ?? new Uint8Array(), { level: 9 }).length;
}
