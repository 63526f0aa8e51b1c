import { parentPort, workerData } from "node:worker_threads";
import { Coverage } from "./coverage.ts";
import { fuzz } from "./fuzz.ts";
import { type Job, Slot } from "./watch.ts";

const { name, slot, ...options } = workerData as Job;
const last = new Slot(slot);
const coverage = new Coverage((url) => /\/packages\/[a-z-]+\/src\//.test(url));
const [{ targetOf }, { readVectors }] = await Promise.all([
  import("./targets.ts"),
  import("./targets/vectors.ts"),
]);
readVectors();
const report = await fuzz(targetOf(name), { ...options, coverage, before: (input) => last.put(input) });
parentPort?.postMessage(report);
