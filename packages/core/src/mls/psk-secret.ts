import { encode } from "../codec/writer.ts";
import { expandWithLabel } from "../crypto/labels.ts";
import type { CipherSuite } from "../crypto/suite.ts";
import { wipe } from "../crypto/wipe.ts";
import { zeroSecret } from "./key-schedule.ts";
import { type PreSharedKeyId, writePreSharedKeyId } from "./pre-shared-key.ts";
import { refusal } from "./rule.ts";

/**
 * Finds the pre-shared key of a name, or `undefined` where it is not at hand. What it returns stays the owner's: it
 * is neither changed nor overwritten. It must know the resumption keys of past epochs by itself.
 */
export type PreSharedKeys = (id: PreSharedKeyId) => Uint8Array | undefined;

/** A pre-shared key with its name. */
export interface PreSharedKey {
  readonly id: PreSharedKeyId;
  readonly secret: Uint8Array;
}

/** `psk_secret` of pre-shared keys in their order (RFC 9420 §8.4); all zero where there are none. */
export function pskSecretOf(suite: CipherSuite, keys: readonly PreSharedKey[]): Uint8Array {
  const zero = zeroSecret(suite);
  let result = zero;
  for (const [index, { id, secret }] of keys.entries()) {
    const label = encode((writer) => {
      writePreSharedKeyId(writer, id);
      writer.u16(index).u16(keys.length);
    }, undefined);
    const extracted = suite.kdf.extract(zero, secret);
    const input = expandWithLabel(suite, extracted, "derived psk", label, suite.kdf.size);
    const next = suite.kdf.extract(input, result);
    if (result !== zero) wipe(result);
    wipe(extracted, input);
    result = next;
  }
  return result;
}

/**
 * The `psk_secret` of the keys that a commit or a Welcome names.
 * Throws `mls-psk-unknown` where `lookUp` does not have one of them.
 */
export function pskSecretFor(
  suite: CipherSuite,
  ids: readonly PreSharedKeyId[],
  lookUp: PreSharedKeys | undefined,
): Uint8Array {
  const keys = ids.map((id): PreSharedKey => {
    const secret = lookUp?.(id);
    if (secret === undefined) throw refusal("mls-psk-unknown");
    return { id, secret };
  });
  return pskSecretOf(suite, keys);
}
