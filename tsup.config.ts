// Shared by all packages; runs in the package's folder. What is built follows from its package.json.
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { defineConfig } from "tsup";

interface Manifest {
  bin?: Record<string, string>;
  exports: Record<string, string | Record<string, string>>;
}

const manifest = JSON.parse(readFileSync("package.json", "utf8")) as Manifest;

const libraries = Object.values(manifest.exports).flatMap((target) =>
  typeof target === "string" ? [] : [target["@readback/source"] ?? ""],
);
const programs = Object.values(manifest.bin ?? {}).map((file) => `./src/${basename(file, ".js")}.ts`);

export default defineConfig({
  entry: [...libraries, ...programs],
  format: "esm",
  target: "es2023",
  platform: "neutral",
  sourcemap: true,
  clean: true,
  dts: {
    entry: libraries,
    // The ambient declarations of `src/runtime.d.ts` are not part of the bundle; the DOM library knows the same names.
    compilerOptions: { lib: ["es2023", "dom", "dom.iterable"] },
  },
  // Without these two, "node:sqlite" would be published as "sqlite", which is somebody else's package.
  removeNodeProtocol: false,
  external: [/^node:/],
});
