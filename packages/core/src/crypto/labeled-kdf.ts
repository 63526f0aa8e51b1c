import { concat } from "../codec/bytes.ts";
import { utf8 } from "../codec/utf8.ts";
import type { Kdf } from "./suite.ts";
import { wipe } from "./wipe.ts";

/** LabeledExtract and LabeledExpand (RFC 9180 §4), bound to one suite id. */
export interface LabeledKdf {
  extract(salt: Uint8Array, label: string, secret: Uint8Array): Uint8Array;
  expand(key: Uint8Array, label: string, info: Uint8Array, length: number): Uint8Array;
}

/**
 * @param kdf - HKDF of the KEM or of the HPKE suite
 * @param scheme - `KEM` or `HPKE`, the first part of the suite id
 * @param ids - the two-byte identifiers that follow it
 */
export function labeledKdf(kdf: Kdf, scheme: "KEM" | "HPKE", ids: readonly number[]): LabeledKdf {
  const prefix = concat(
    utf8(`HPKE-v1${scheme}`),
    Uint8Array.from(ids.flatMap((id) => [id >>> 8, id & 0xff])),
  );
  // The labels are the few constants of RFC 9180, so this stays small.
  const prefixes = new Map<string, Uint8Array>();
  const labeled = (label: string): Uint8Array => {
    const known = prefixes.get(label);
    if (known !== undefined) return known;
    const made = concat(prefix, utf8(label));
    prefixes.set(label, made);
    return made;
  };
  return {
    extract(salt, label, secret) {
      const input = concat(labeled(label), secret);
      const key = kdf.extract(salt, input);
      wipe(input);
      return key;
    },
    expand: (key, label, info, length) =>
      kdf.expand(key, concat(Uint8Array.of(length >>> 8, length), labeled(label), info), length),
  };
}
