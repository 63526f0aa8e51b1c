import { invalidArgument } from "./size.ts";
import type { CipherSuite, SignatureScheme } from "./suite.ts";

/** A signature that was taken for valid without having been looked at. Of several answers, one that says no counts. */
export interface SignatureCheck {
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
  /** Looks at it here and now. */
  verify(): void;
  /** Begins to look at it on another thread where the runtime has one, otherwise looks at it now. `done` hears when. */
  start(done: () => void): void;
  /**
   * Says what somebody else has found, for instance WebCrypto. To be trusted as the suite's own `verify` is, which is
   * stricter than most: every member must come to the same answer.
   */
  unsafeAnswer(isValid: boolean): void;
}

/** A result that nobody gets before every signature it rests on has been looked at. */
export interface Ahead<T> {
  /**
   * What was computed, where all signatures are valid. Otherwise, or where computing threw, it is computed again with
   * each signature verified: that gives, or throws, what it would have without any of this. Throws `invalid-argument`
   * while a check has no answer.
   */
  finish(): T;
}

/** Lets a computation run ahead of its signatures, so that they can be verified elsewhere and many at a time. */
export interface DeferredSignatures {
  /** The suites to compute with, in the order given: they verify as those that came in do, but for what `ahead` runs. */
  readonly suites: readonly CipherSuite[];
  /**
   * Runs `compute` with every signature taken for valid, and hands each to `onCheck` as it comes, to be answered. It
   * may run once more, so it must change nothing but what it returns.
   */
  ahead<T>(compute: () => T, onCheck: (check: SignatureCheck) => void): Ahead<T>;
}

const largestBuffer = 16_384;

type Verification = Parameters<SignatureScheme["verify"]>;

/** Suites that behave as `suites` do, and can put their signatures off. */
export function deferSignatures(suites: readonly CipherSuite[]): DeferredSignatures {
  let collect: ((scheme: SignatureScheme, verification: Verification) => void) | undefined;
  const deferring = (scheme: SignatureScheme): SignatureScheme => ({
    ...scheme,
    verify(publicKey, message, signature) {
      if (collect === undefined) return scheme.verify(publicKey, message, signature);
      collect(scheme, [publicKey, message, signature]);
      return true;
    },
  });
  return {
    suites: suites.map((suite) => ({ ...suite, signature: deferring(suite.signature) })),
    ahead(compute, onCheck) {
      const answers: (boolean | undefined)[] = [];
      let computed: { readonly value: ReturnType<typeof compute> } | undefined;
      const outer = collect;
      const copyOf = copying();
      // The message is the caller's, who overwrites it as soon as the verification returns.
      collect = (scheme, [publicKey, message, signature]) =>
        onCheck(checkOf(scheme, [publicKey, copyOf(message), signature], answers));
      try {
        computed = { value: compute() };
      } catch {
        // What was taken for valid may be the reason. Computing again gives the true one.
      } finally {
        collect = outer;
      }
      return {
        finish() {
          if (computed === undefined) return compute();
          if (answers.includes(undefined))
            throw invalidArgument("Some signatures have not been verified yet.");
          return answers.every((isValid) => isValid === true) ? computed.value : compute();
        },
      };
    },
  };
}

/** Copies, one behind the other in ever larger buffers: one for each costs Node more than to copy it. */
function copying(): (bytes: Uint8Array) => Uint8Array {
  let buffer = new Uint8Array(0);
  let at = 0;
  return (bytes) => {
    if (bytes.length > buffer.length - at) {
      buffer = new Uint8Array(Math.max(bytes.length, Math.min(2 * buffer.length, largestBuffer)));
      at = 0;
    }
    const copy = buffer.subarray(at, at + bytes.length);
    copy.set(bytes);
    at += bytes.length;
    return copy;
  };
}

function checkOf(
  scheme: SignatureScheme,
  verification: Verification,
  answers: (boolean | undefined)[],
): SignatureCheck {
  const at = answers.push(undefined) - 1;
  const unsafeAnswer = (isValid: boolean): void => {
    answers[at] = isValid === true && answers[at] !== false;
  };
  const verify = (): void => unsafeAnswer(scheme.verify(...verification));
  const [publicKey, message, signature] = verification;
  return {
    publicKey,
    message,
    signature,
    verify,
    unsafeAnswer,
    start(done) {
      const answer = (isValid: boolean): void => {
        unsafeAnswer(isValid);
        done();
      };
      if (scheme.startVerify === undefined) answer(scheme.verify(...verification));
      else scheme.startVerify(...verification, answer);
    },
  };
}
