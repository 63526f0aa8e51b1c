import type { CipherSuite, SignatureScheme } from "./suite.ts";

/** A signature that was taken for valid without having been looked at. */
export interface SignatureCheck {
  /** Looks at it now. Gives what {@link SignatureScheme.verify} gives. */
  verify(): boolean;
  /**
   * Begins to look at it elsewhere, where the runtime can; otherwise looks at it now. `done` hears, once, what
   * {@link SignatureScheme.verify} gives.
   */
  start(done: (isValid: boolean) => void): void;
}

/** Lets a computation run ahead of its signatures. */
export interface DeferredSignatures {
  /** The suites to compute with, in the order given: as good as those that came in, but for what `unsafeCollect` runs. */
  readonly suites: readonly CipherSuite[];
  /**
   * Runs `compute`, in which every signature counts as valid, and hands each to `onCheck` instead. What it returns, or
   * throws, must not be used, stored or shown unless **all** of the checks turn out to be valid: then it is exactly what
   * it would have been. Otherwise throw it away and compute again without this.
   */
  unsafeCollect<T>(compute: () => T, onCheck: (check: SignatureCheck) => void): T;
}

/** Suites that behave as `suites` do, and can put their signatures off. */
export function deferSignatures(suites: readonly CipherSuite[]): DeferredSignatures {
  let collector: ((check: SignatureCheck) => void) | undefined;
  const deferring = (scheme: SignatureScheme): SignatureScheme => ({
    ...scheme,
    verify(publicKey, message, signature) {
      if (collector === undefined) return scheme.verify(publicKey, message, signature);
      const verify = (): boolean => scheme.verify(publicKey, message, signature);
      collector({
        verify,
        start(done) {
          if (scheme.startVerify === undefined) done(verify());
          else scheme.startVerify(publicKey, message, signature, done);
        },
      });
      return true;
    },
  });
  return {
    suites: suites.map((suite) => ({ ...suite, signature: deferring(suite.signature) })),
    unsafeCollect(compute, onCheck) {
      const outer = collector;
      collector = onCheck;
      try {
        return compute();
      } finally {
        collector = outer;
      }
    },
  };
}
