import type { Rate } from "./limits.ts";

const firstSweep = 10_000;

interface Bucket {
  tokens: number;
  at: number;
  readonly rate: Rate;
}

/** Counts what was done under which name. Names are forgotten once their buckets are full again. */
export class RateLimiter {
  readonly #buckets = new Map<string, Bucket>();
  #sweepAt = firstSweep;

  /** Milliseconds until {@link take} can succeed, as far as others leave something. */
  waitFor(name: string, rate: Rate, now: number): number {
    const bucket = this.#buckets.get(name);
    if (bucket === undefined) return 0;
    refill(bucket, now);
    return Math.max(0, Math.ceil(((1 - bucket.tokens) * 60_000) / rate.perMinute));
  }

  /** Takes one from the bucket `name`. False, and nothing taken, where it is empty. @param now - milliseconds */
  take(name: string, rate: Rate, now: number): boolean {
    let bucket = this.#buckets.get(name);
    if (bucket === undefined) {
      this.#sweep(now);
      bucket = { tokens: rate.burst, at: now, rate };
      this.#buckets.set(name, bucket);
    }
    refill(bucket, now);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }

  #sweep(now: number): void {
    if (this.#buckets.size < this.#sweepAt) return;
    for (const [name, bucket] of this.#buckets) {
      refill(bucket, now);
      if (bucket.tokens >= bucket.rate.burst) this.#buckets.delete(name);
    }
    // Twice what is left: the cost of sweeping stays constant per name.
    this.#sweepAt = Math.max(firstSweep, 2 * this.#buckets.size);
  }
}

function refill(bucket: Bucket, now: number): void {
  // A clock that was set back gives nothing.
  const elapsed = Math.max(0, now - bucket.at);
  bucket.tokens = Math.min(bucket.rate.burst, bucket.tokens + (elapsed * bucket.rate.perMinute) / 60_000);
  bucket.at = now;
}
