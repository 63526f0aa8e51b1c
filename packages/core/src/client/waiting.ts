import { ReadbackError } from "../error.ts";

/**
 * A promise that ends early where `signal` aborts: rejects with `aborted`. `start` gets the two ends and returns what
 * undoes the waiting; the undo is called exactly once, however it ends.
 */
export function abortable<T>(
  signal: AbortSignal | undefined,
  start: (resolve: (value: T) => void, reject: (error: ReadbackError) => void) => () => void,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(aborted());
      return;
    }
    let isOver = false;
    let undo = (): void => {};
    const end = (finish: () => void): void => {
      if (isOver) return;
      isOver = true;
      signal?.removeEventListener("abort", onAbort);
      undo();
      finish();
    };
    const onAbort = (): void => end(() => reject(aborted()));
    signal?.addEventListener("abort", onAbort, { once: true });
    undo = start(
      (value) => end(() => resolve(value)),
      (error) => end(() => reject(error)),
    );
    // `start` may have ended the wait before it could return its undo.
    if (isOver) undo();
  });
}

/** Why whoever waits hears nothing more: the client is closed. */
export function closed(): ReadbackError {
  return new ReadbackError("closed", "The client was closed before this came true.");
}

function aborted(): ReadbackError {
  return new ReadbackError("aborted", "The wait was aborted.");
}
