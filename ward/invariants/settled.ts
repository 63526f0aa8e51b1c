import type { World } from "../world/world.ts";

/** Lets time pass until a promise is settled, which needs a disk or a network. */
export async function settled<T>(world: World, promise: Promise<T>): Promise<T> {
  let isOver = false;
  const over = (): void => {
    isOver = true;
  };
  promise.then(over, over);
  await world.scheduler.run(world.scheduler.now + 60_000, () => isOver);
  return promise;
}
