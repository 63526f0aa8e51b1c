// Gives Node an IndexedDB in memory. A browser has its own; a name it cannot see through keeps Vite from bundling this.
const forNode = "fake-indexeddb/auto";
if (typeof indexedDB === "undefined") await import(/* @vite-ignore */ forNode);

let count = 0;

/** The name of a database that nobody else uses. */
export function freshName(): string {
  count += 1;
  return `test-${globalThis.crypto.randomUUID()}-${count}`;
}
