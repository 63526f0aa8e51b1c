import { fromDer } from "../ecdsa-signature.ts";
import { remembered } from "../key-cache.ts";
import type { NistCurve } from "../nist-curve.ts";
import type { SignatureScheme } from "../suite.ts";

/**
 * ECDSA over P-256 and P-384 by WebCrypto, which does it on threads of its own, in a tenth of the time: for many
 * signatures at once, as when joining and catching up in a browser. Nothing where the runtime has no WebCrypto.
 *
 * Its answers are those of `verify`: the forms of key and signature are checked here, the rest is FIPS 186-5. Ed25519 is
 * not among it, since browsers differ about signatures that nobody makes by accident, and members must not.
 */
export function webVerify({ size }: NistCurve): Pick<SignatureScheme, "startVerify"> {
  const subtle = webCrypto();
  // Not every engine has P-521.
  if (subtle === undefined || size > 48) return {};
  const bits = 8 * size;
  const curve = { name: "ECDSA", namedCurve: `P-${bits}` };
  const algorithm = { name: "ECDSA", hash: `SHA-${bits}` };
  const keyOf = remembered((publicKey) => subtle.importKey("raw", publicKey, curve, false, ["verify"]));
  return {
    startVerify(publicKey, message, signature, done) {
      const fixed = fromDer(signature, size);
      const isPoint = publicKey.length === 1 + 2 * size && publicKey[0] === 0x04;
      if (fixed === undefined || !isPoint) {
        done(false);
        return;
      }
      // Not on the curve, or no such curve here: whoever gets a no asks again for the reason, in place.
      const fail = (): void => done(false);
      keyOf(publicKey).then((key) => subtle.verify(algorithm, key, fixed, message).then(done, fail), fail);
    },
  };
}

/** What is needed of a promise. */
interface Later<T> {
  then(onValue: (value: T) => void, onError: () => void): unknown;
}

/** The part of WebCrypto that is used here, declared by hand: core needs no types of a browser. */
interface WebCrypto {
  importKey(
    format: "raw",
    key: Uint8Array,
    algorithm: { readonly name: string; readonly namedCurve: string },
    extractable: boolean,
    usages: readonly string[],
  ): Later<object>;
  verify(
    algorithm: { readonly name: string; readonly hash: string },
    key: object,
    signature: Uint8Array,
    message: Uint8Array,
  ): Later<boolean>;
}

/** Browsers have it in secure contexts only. */
function webCrypto(): WebCrypto | undefined {
  const { crypto } = globalThis as { crypto?: { subtle?: WebCrypto } };
  return crypto?.subtle;
}
