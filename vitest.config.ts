import { existsSync } from "node:fs";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";

const chromium = process.env.READBACK_CHROMIUM ?? "/usr/bin/chromium";
const hasBrowser = existsSync(chromium);
if (!hasBrowser && !process.env.READBACK_SKIP_SAID) {
  process.env.READBACK_SKIP_SAID = "1"; // this file is loaded more than once
  console.log(`Browser tests are skipped: there is no ${chromium}.`);
}

// Sources are run unbuilt: `resolve` serves browser projects, `ssr.resolve` serves Node projects.
const conditions = ["@readback/source"];
const fromSource = { resolve: { conditions }, ssr: { resolve: { conditions } } };

const launchArgs = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
];

const node = {
  ...fromSource,
  test: {
    name: "node",
    environment: "node",
    include: [
      "packages/*/test/**/*.test.ts",
      "examples/*/test/**/*.test.ts",
      "test/**/*.test.ts",
      "ward/test/**/*.test.ts",
    ],
    exclude: ["**/*.browser.test.ts", "**/node_modules/**"],
    setupFiles: ["test/setup.ts"],
    testTimeout: 20_000,
  },
};

const browser = {
  ...fromSource,
  // Found while tests run, these would make the server reload the page in the middle of one.
  optimizeDeps: {
    include: [
      "@noble/ciphers/aes.js",
      "@noble/ciphers/chacha.js",
      "@noble/curves/ed25519.js",
      "@noble/curves/ed448.js",
      "@noble/curves/nist.js",
      "@noble/hashes/hmac.js",
      "@noble/hashes/sha2.js",
      "@noble/hashes/sha3.js",
      "@noble/post-quantum/ml-kem.js",
      "eventemitter3",
      "fast-check",
      "idb",
    ],
  },
  test: {
    name: "browser",
    include: ["packages/*/test/**/*.browser.test.ts", "packages/*/test/**/*.both.test.ts"],
    setupFiles: ["test/setup.ts"],
    testTimeout: 20_000,
    globalSetup: ["packages/transport-ws/test/browser-setup.ts"],
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({ launchOptions: { executablePath: chromium, args: launchArgs } }),
      instances: [{ browser: "chromium" as const }],
    },
  },
};

export default defineConfig({
  test: { projects: hasBrowser ? [node, browser] : [node] },
});
