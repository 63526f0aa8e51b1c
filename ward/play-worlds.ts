import { Worker } from "node:worker_threads";
import { drawWorld, type MoreWishes } from "./lies/draw-world.ts";
import { type Outcome, runWorld } from "./world/run-world.ts";

/** What it takes to draw a world. */
export interface Drawing {
  readonly name: string;
  readonly wishes: MoreWishes;
}

/** Draws a world and lets it happen. The outcome's plan is without steps: they are many, and can be drawn again. */
export async function playWorld({ name, wishes }: Drawing): Promise<Outcome> {
  const outcome = await runWorld(drawWorld(name, wishes));
  return { ...outcome, plan: { ...outcome.plan, steps: [] } };
}

/**
 * What came of the worlds of these names, in their order, for as long as it is asked for. On more than one thread they
 * happen side by side, and some that nobody asks for any more may have begun. What happens in one does not depend on that.
 */
export async function* playWorlds(
  names: Iterator<string>,
  wishes: MoreWishes,
  threads: number,
): AsyncGenerator<Outcome> {
  if (threads === 1) {
    for (let next = names.next(); next.done !== true; next = names.next())
      yield await playWorld({ name: next.value, wishes });
    return;
  }
  const thread = new URL("world-thread.ts", import.meta.url);
  const workers = Array.from({ length: threads }, () => new Worker(thread));
  const played: Promise<Outcome>[] = [];
  const playOn = async (worker: Worker): Promise<void> => {
    for (let next = names.next(); next.done !== true; next = names.next()) {
      const outcome = ask(worker, { name: next.value, wishes });
      played.push(outcome);
      await outcome;
    }
  };
  // Whoever asks for the outcome hears of a failure too.
  for (const worker of workers) playOn(worker).catch(() => {});
  try {
    for (let next = played.shift(); next !== undefined; next = played.shift()) yield await next;
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

function ask(worker: Worker, drawing: Drawing): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    worker.once("error", reject);
    worker.once("message", (outcome: Outcome) => {
      worker.off("error", reject);
      resolve(outcome);
    });
    worker.postMessage(drawing);
  });
}
