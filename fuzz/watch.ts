import { Worker } from "node:worker_threads";
import type { FuzzOptions, Report } from "./fuzz.ts";

/** What a worker has to do. */
export interface Job extends Pick<FuzzOptions, "seed" | "runs" | "seconds"> {
  readonly name: string;
  readonly slot: SharedArrayBuffer;
}

const slotBytes = 2 ** 20;
const headBytes = 8;
/** Milliseconds in which an input must have come back: far more than {@link judge} allows, the machine may be busy. */
const patience = 30_000;

/** The input that a worker is at, where whoever watches can still read it when the worker never comes back. */
export class Slot {
  readonly #head: Int32Array;
  readonly #bytes: Uint8Array;

  constructor(buffer: SharedArrayBuffer) {
    this.#head = new Int32Array(buffer, 0, 2);
    this.#bytes = new Uint8Array(buffer, headBytes);
  }

  /** How many inputs were put here. */
  get count(): number {
    return Atomics.load(this.#head, 1);
  }

  put(input: Uint8Array): void {
    this.#bytes.set(input);
    Atomics.store(this.#head, 0, input.length);
    Atomics.add(this.#head, 1, 1);
  }

  take(): Uint8Array {
    return new Uint8Array(this.#bytes.subarray(0, Atomics.load(this.#head, 0)));
  }
}

/** Fuzzes one target in a thread of its own: an input that hangs it or uses up its memory is a finding, too. */
export async function watched(name: string, options: Omit<Job, "name" | "slot">): Promise<Report> {
  const buffer = new SharedArrayBuffer(headBytes + slotBytes);
  const slot = new Slot(buffer);
  const workerData: Job = { ...options, name, slot: buffer };
  const worker = new Worker(new URL("./worker.ts", import.meta.url), {
    workerData,
    resourceLimits: { maxOldGenerationSizeMb: 1_024 },
  });
  let seen = -1;
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<Report>((resolve) => {
      const broken = (what: string) => resolve(reportOf(slot, what));
      timer = setInterval(() => {
        if (slot.count === seen) broken("never comes back");
        seen = slot.count;
      }, patience);
      worker.once("message", resolve);
      worker.once("error", (error) => broken(`ends its thread: ${error.message}`));
      worker.once("exit", () => broken("ends its thread"));
    });
  } finally {
    clearInterval(timer);
    await worker.terminate();
  }
}

function reportOf(slot: Slot, what: string): Report {
  const findings = [{ what, input: slot.take() }];
  const counts = { runs: slot.count, taken: 0, refused: 0, corpus: 0, covered: 0 };
  return { ...counts, codes: new Map(), findings };
}
