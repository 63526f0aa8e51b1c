// Writes numbered steps, from the number given on, and posts each number once its write resolved. A step replaces the
// head, puts three parts, and removes those of the step ten before.
import type { Change } from "@readback/core/storage";
import { idbStorage } from "../src/index.ts";

addEventListener("message", async ({ data: { name, start } }) => {
  const storage = idbStorage(name, { lockTimeout: 10_000 });
  for (let number = start; ; number++) {
    const changes: Change[] = [{ put: "head", value: new Uint8Array(Uint32Array.of(number).buffer) }];
    for (const part of [0, 1, 2]) {
      changes.push({ put: `step/${number}/${part}`, value: new Uint8Array(3000).fill(number % 256) });
    }
    changes.push({ removeAll: `step/${number - 10}` });
    await storage.write(changes);
    postMessage(number);
  }
});
