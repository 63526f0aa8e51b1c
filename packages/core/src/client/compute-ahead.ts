import type { DeferredSignatures, SignatureCheck } from "../crypto/deferred-signatures.ts";

/** So many signatures are worth the way to another thread and back. */
const worthwhile = 8;
/**
 * So many begin at once, first few and then more and more: threads that idle get to work soon, and are not woken for each
 * signature, which costs as much as all else that one takes here.
 */
const fewest = 16;
const most = 64;

/**
 * What `compute` returns, while other threads verify the signatures it meets, where there are more than a few. It goes
 * by their answers alone: where one is not valid, or anything throws, what was computed ahead is dropped and computed
 * again, signature by signature. So `compute` may run twice and must change nothing but what it returns. Rejects with
 * what it throws.
 */
export async function computeAhead<T>(signatures: DeferredSignatures, compute: () => T): Promise<T> {
  const waiting: SignatureCheck[] = [];
  const started: Promise<void>[] = [];
  let together = fewest;
  const startAll = (): void => {
    together = Math.min(most, 2 * together);
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
