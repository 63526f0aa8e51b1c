// Writes numbered steps to the file named on the command line, from the number given on, and prints each number once
// its write resolved. A step replaces the head, puts three parts, and removes those of the step ten before.
import { writeSync } from "node:fs";
import type { Change } from "@readback/core/storage";
import { sqliteStorage } from "../src/index.ts";

const [, , path = "", start = "1"] = process.argv;
const storage = sqliteStorage(path);

async function step(number: number): Promise<void> {
  const changes: Change[] = [{ put: "head", value: new Uint8Array(Uint32Array.of(number).buffer) }];
  for (const part of [0, 1, 2]) {
    changes.push({ put: `step/${number}/${part}`, value: new Uint8Array(3000).fill(number % 256) });
  }
  changes.push({ removeAll: `step/${number - 10}` });
  await storage.write(changes);
  writeSync(1, `${number}\n`);
}

// One at a time and five at once by turns: both ways a transaction is made.
for (let number = Number(start); ; ) {
  const together = number % 3 === 0 ? 5 : 1;
  await Promise.all(Array.from({ length: together }, (_, index) => step(number + index)));
  number += together;
}
