import type { DeferredSignatures, SignatureCheck } from "../crypto/deferred-signatures.ts";

/** So many signatures are worth the way to another thread and back. */
const worthwhile = 8;
/** So many begin at once: to wake a thread for each of them costs as much as all else that a signature takes here. */
const together = 64;

/**
 * What `compute` returns, while other threads verify the signatures it meets, where there are more than a few. It goes
 * by their answers alone: where one is not valid, or anything throws, what was computed ahead is dropped and computed
 * again, signature by signature. So `compute` may run twice and must change nothing but what it returns. Rejects with
 * what it throws.
 */
export async function computeAhead<T>(signatures: DeferredSignatures, compute: () => T): Promise<T> {
  const waiting: SignatureCheck[] = [];
  const started: Promise<void>[] = [];
  const startAll = (): void => {
    for (const check of waiting.splice(0)) started.push(new Promise((resolve) => check.start(resolve)));
  };
  const ahead = signatures.ahead(compute, (check) => {
    if (waiting.push(check) === together) startAll();
  });
  if (started.length > 0 || waiting.length > worthwhile) startAll();
  for (const check of waiting) check.verify();
  await Promise.all(started);
  return ahead.finish();
}
