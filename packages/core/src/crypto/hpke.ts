import { concat } from "../codec/bytes.ts";
import { type LabeledKdf, labeledKdf } from "./labeled-kdf.ts";
import type { CipherSuite, KeyPair } from "./suite.ts";
import { wipe } from "./wipe.ts";

/** What HPKE sends: the encapsulated key and the ciphertext, in the names of RFC 9420 §5.1.3. */
export interface HpkeCiphertext {
  readonly kemOutput: Uint8Array;
  readonly ciphertext: Uint8Array;
}

const nothing = new Uint8Array(0);

/** Seals for one receiver; what it takes and gives is that of {@link hpkeSeal}. */
export type HpkeSealer = (
  publicKey: Uint8Array,
  associatedData: Uint8Array,
  plaintext: Uint8Array,
  seed: Uint8Array,
) => HpkeCiphertext | undefined;

/**
 * Single-shot HPKE in base mode (RFC 9180 §6.1, SealBase). `seed` is `suite.kem.seedSize` fresh random bytes that
 * are used for nothing else; they stay the caller's to overwrite. `undefined` where the public key must not be used.
 */
export function hpkeSeal(
  suite: CipherSuite,
  publicKey: Uint8Array,
  info: Uint8Array,
  associatedData: Uint8Array,
  plaintext: Uint8Array,
  seed: Uint8Array,
): HpkeCiphertext | undefined {
  return hpkeSealer(suite, info)(publicKey, associatedData, plaintext, seed);
}

/** {@link hpkeSeal} for many receivers: `info`, in a Welcome as long as the tree, is hashed once for all of them. */
export function hpkeSealer(suite: CipherSuite, info: Uint8Array): HpkeSealer {
  const context = contextOf(suite, info);
  return (publicKey, associatedData, plaintext, seed) => {
    const sent = suite.kem.encapsulate(publicKey, seed);
    if (sent === undefined) return undefined;
    const { key, nonce } = contentKey(suite, sent.secret, context);
    const ciphertext = suite.aead.seal(key, nonce, associatedData, plaintext);
    wipe(key, nonce);
    return { kemOutput: sent.encapsulated, ciphertext };
  };
}

/** The reverse of {@link hpkeSeal} (OpenBase). `undefined` where the ciphertext is not one for this key pair. */
export function hpkeOpen(
  suite: CipherSuite,
  keyPair: KeyPair,
  info: Uint8Array,
  associatedData: Uint8Array,
  sealed: HpkeCiphertext,
): Uint8Array | undefined {
  const secret = suite.kem.decapsulate(sealed.kemOutput, keyPair);
  if (secret === undefined) return undefined;
  const { key, nonce } = contentKey(suite, secret, contextOf(suite, info));
  const plaintext = suite.aead.open(key, nonce, associatedData, sealed.ciphertext);
  wipe(key, nonce);
  return plaintext;
}

/**
 * A secret of `length` bytes shared with the holder of `publicKey` (RFC 9180 §6.2, SendExportBase), as external
 * commits need it. `undefined` where the public key must not be used.
 */
export function hpkeSendExport(
  suite: CipherSuite,
  publicKey: Uint8Array,
  info: Uint8Array,
  exporterContext: Uint8Array,
  length: number,
  seed: Uint8Array,
): { kemOutput: Uint8Array; secret: Uint8Array } | undefined {
  const sent = suite.kem.encapsulate(publicKey, seed);
  if (sent === undefined) return undefined;
  const secret = exportSecret(suite, sent.secret, info, exporterContext, length);
  return { kemOutput: sent.encapsulated, secret };
}

/** The reverse of {@link hpkeSendExport} (ReceiveExportBase). `undefined` where `kemOutput` is not valid. */
export function hpkeReceiveExport(
  suite: CipherSuite,
  keyPair: KeyPair,
  info: Uint8Array,
  exporterContext: Uint8Array,
  length: number,
  kemOutput: Uint8Array,
): Uint8Array | undefined {
  const secret = suite.kem.decapsulate(kemOutput, keyPair);
  return secret === undefined ? undefined : exportSecret(suite, secret, info, exporterContext, length);
}

// Everything in the key schedule that does not depend on the message: kept once per suite.
interface Schedule {
  readonly labeled: LabeledKdf;
  /** Mode 0 (base), then the hash of the empty psk_id. */
  readonly contextStart: Uint8Array;
}
const schedules = new WeakMap<CipherSuite, Schedule>();

function scheduleOf(suite: CipherSuite): Schedule {
  const known = schedules.get(suite);
  if (known !== undefined) return known;
  const labeled = labeledKdf(suite.kdf, "HPKE", [suite.kem.id, suite.kdfId, suite.aeadId]);
  const contextStart = concat(Uint8Array.of(0), labeled.extract(nothing, "psk_id_hash", nothing));
  const made = { labeled, contextStart };
  schedules.set(suite, made);
  return made;
}

/** `key_schedule_context` of base mode (RFC 9180 §5.1): no secret. */
function contextOf(suite: CipherSuite, info: Uint8Array): Uint8Array {
  const { labeled, contextStart } = scheduleOf(suite);
  return concat(contextStart, labeled.extract(nothing, "info_hash", info));
}

/** `secret` of the key schedule (RFC 9180 §5.1); overwrites the shared secret. */
function scheduleSecret(labeled: LabeledKdf, shared: Uint8Array): Uint8Array {
  const secret = labeled.extract(shared, "secret", nothing);
  wipe(shared);
  return secret;
}

function contentKey(suite: CipherSuite, shared: Uint8Array, context: Uint8Array) {
  const { labeled } = scheduleOf(suite);
  const secret = scheduleSecret(labeled, shared);
  const key = labeled.expand(secret, "key", context, suite.aead.keySize);
  // The first and only sequence number is 0, so the nonce is the base nonce (RFC 9180 §5.2).
  const nonce = labeled.expand(secret, "base_nonce", context, suite.aead.nonceSize);
  wipe(secret);
  return { key, nonce };
}

function exportSecret(
  suite: CipherSuite,
  shared: Uint8Array,
  info: Uint8Array,
  exporterContext: Uint8Array,
  length: number,
): Uint8Array {
  const { labeled } = scheduleOf(suite);
  const context = contextOf(suite, info);
  const secret = scheduleSecret(labeled, shared);
  const exporter = labeled.expand(secret, "exp", context, suite.kdf.size);
  const result = labeled.expand(exporter, "sec", exporterContext, length);
  wipe(secret, exporter);
  return result;
}
