import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** Absolute path of the repository. */
export const root = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");

/** Files below a folder of the repository that end in `extension`, as paths relative to the repository. */
export function filesBelow(folder: string, extension: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(extension))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
    .filter((path) => !path.includes("node_modules/"))
    .sort();
}

export function readText(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

/** The parts of a package's manifest that the checks look at. */
export interface Manifest {
  name: string;
  bin?: Record<string, string>;
  exports: Record<string, string | Record<string, string>>;
  dependencies?: Record<string, string>;
}

/** Folder names and manifests of all packages. */
export function packages(): { folder: string; manifest: Manifest }[] {
  return readdirSync(join(root, "packages"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => ({
      folder: `packages/${name}`,
      manifest: JSON.parse(readText(`packages/${name}/package.json`)) as Manifest,
    }));
}

/** The sub-paths of a package that are code, with the source each stands for. */
export function sourceEntries(manifest: Manifest): { subpath: string; file: string }[] {
  return Object.entries(manifest.exports).flatMap(([subpath, target]) => {
    const file = typeof target === "string" ? undefined : target["@readback/source"];
    return file === undefined ? [] : [{ subpath, file }];
  });
}
