import { deriveTreeSecret } from "../crypto/labels.ts";
import type { CipherSuite } from "../crypto/suite.ts";
import { wipe } from "../crypto/wipe.ts";
import { refusal } from "./rule.ts";

/** The key and nonce of one message of one sender: for one use. */
export interface MessageKey {
  readonly generation: number;
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
}

/** The chain of keys of one sender for one kind of content (RFC 9420 §9.1). Immutable. */
export interface SenderRatchet {
  /** `ratchet_secret` of `generation`. */
  readonly secret: Uint8Array;
  /** The next generation that was not derived yet. */
  readonly generation: number;
  /** Keys passed over and not used so far, in ascending order: for messages out of order. */
  readonly skipped: readonly MessageKey[];
}

/** A message key and the ratchet without it. */
export interface RatchetStep {
  readonly key: MessageKey;
  readonly ratchet: SenderRatchet;
  /** What the ratchet held before and the new one does not, with the key itself: to be overwritten once it is used. */
  readonly consumed: readonly Uint8Array[];
}

/** Keys passed over that are kept per ratchet; the oldest go first. */
export const mostSkippedKeys = 64;

/** How many generations a message may be ahead of the last one of its sender (RFC 9420 §15.3). */
export const mostGenerationsAhead = 1000;

const lastGeneration = 0xffffffff;

/** The next unused key, for a message to send. Throws `mls-generation-exhausted` after 2^32 - 1 messages. */
export function nextStep(suite: CipherSuite, ratchet: SenderRatchet): RatchetStep {
  return forward(suite, ratchet, ratchet.generation);
}

/**
 * The key of a received message. Throws `mls-generation-used` where it was used or is no longer kept, and
 * `mls-generation-ahead` where reaching it would take more than {@link mostGenerationsAhead} steps.
 *
 * @param lost - so many more steps are allowed
 */
export function stepTo(
  suite: CipherSuite,
  ratchet: SenderRatchet,
  generation: number,
  lost = 0,
): RatchetStep {
  if (generation >= ratchet.generation) {
    if (generation - ratchet.generation > mostGenerationsAhead + lost) throw refusal("mls-generation-ahead");
    return forward(suite, ratchet, generation);
  }
  const key = ratchet.skipped.find((kept) => kept.generation === generation);
  if (key === undefined) throw refusal("mls-generation-used");
  const skipped = ratchet.skipped.filter((kept) => kept !== key);
  return { key, ratchet: { ...ratchet, skipped }, consumed: [key.key, key.nonce] };
}

function forward(suite: CipherSuite, ratchet: SenderRatchet, generation: number): RatchetStep {
  if (generation >= lastGeneration) throw refusal("mls-generation-exhausted");
  let secret = ratchet.secret;
  const skipped = [...ratchet.skipped];
  for (let at = ratchet.generation; at < generation; at++) {
    // Keys that would be dropped again at once are not derived: a jump costs one derivation a step, not three.
    if (generation - at <= mostSkippedKeys) skipped.push(messageKey(suite, secret, at));
    secret = advance(suite, secret, at, ratchet.secret);
  }
  const dropped = skipped.splice(0, Math.max(0, skipped.length - mostSkippedKeys));
  const key = messageKey(suite, secret, generation);
  const next = advance(suite, secret, generation, ratchet.secret);
  const consumed = [ratchet.secret, ...[key, ...dropped].flatMap((one) => [one.key, one.nonce])];
  return { key, ratchet: { secret: next, generation: generation + 1, skipped }, consumed };
}

function messageKey(suite: CipherSuite, secret: Uint8Array, generation: number): MessageKey {
  return {
    generation,
    key: deriveTreeSecret(suite, secret, "key", generation, suite.aead.keySize),
    nonce: deriveTreeSecret(suite, secret, "nonce", generation, suite.aead.nonceSize),
  };
}

/** The secret of the next generation; overwrites the one before unless it is `kept`, that is in the caller's state. */
function advance(suite: CipherSuite, secret: Uint8Array, generation: number, kept: Uint8Array): Uint8Array {
  const next = deriveTreeSecret(suite, secret, "secret", generation, suite.kdf.size);
  if (secret !== kept) wipe(secret);
  return next;
}
