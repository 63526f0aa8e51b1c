import type { DeferredSignatures, SignatureCheck } from "../crypto/deferred-signatures.ts";

/** So many signatures are worth the way to another thread and back. */
const worthwhile = 8;

/**
 * What `compute` returns, while other threads verify the signatures it meets, where there are more than a few. It goes
 * by their answers alone: where one is not valid, or anything throws, what was computed ahead is dropped and computed
 * again, signature by signature. So `compute` may run twice and must change nothing but what it returns. Rejects with
 * what it throws.
 */
export async function computeAhead<T>(signatures: DeferredSignatures, compute: () => T): Promise<T> {
  const few: SignatureCheck[] = [];
  const started: Promise<void>[] = [];
  const start = (check: SignatureCheck): void => {
    started.push(new Promise((resolve) => check.start(resolve)));
  };
  const ahead = signatures.ahead(compute, (check) => {
    if (few.length < worthwhile) few.push(check);
    else start(check);
  });
  if (started.length > 0) for (const check of few.splice(0)) start(check);
  for (const check of few) check.verify();
  await Promise.all(started);
  return ahead.finish();
}
