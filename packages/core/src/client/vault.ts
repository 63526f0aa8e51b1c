import { concat } from "../codec/bytes.ts";
import { utf8 } from "../codec/utf8.ts";
import type { Aead } from "../crypto/suite.ts";
import { ReadbackError } from "../error.ts";
import type { Random } from "../port/random.ts";
import type { Change, Entry, Expectation, ListOptions, Storage } from "../port/storage.ts";

/** Bytes of a store key: AES-256-GCM. */
export const storeKeySize = 32;

const fenceKey = "fence";
const probeKey = "vault";
const probe = utf8("readback vault 1");

/**
 * Seals every value before a {@link Storage} sees it: AES-256-GCM under the store key, a fresh random nonce for each
 * write, the key name as associated data, so that no value can be moved to another key. And holds the fence: a record
 * that names the client which opened the store last. Every write expects it, so of two clients that share a store the
 * older one fails with `storage-conflict` instead of forking a ratchet.
 *
 * Random nonces under one key are good for 2^32 writes (NIST SP 800-38D §8.3): 130 years at one a second.
 */
export class Vault {
  readonly #storage: Storage;
  readonly #aead: Aead;
  readonly #key: Uint8Array;
  readonly #random: Random;
  #fence: Expectation[] = [];

  private constructor(storage: Storage, aead: Aead, key: Uint8Array, random: Random) {
    this.#storage = storage;
    this.#aead = aead;
    this.#key = key;
    this.#random = random;
  }

  /**
   * Opens a store and takes its fence. Rejects with `storage-wrong-key` where the key does not open it and with the
   * codes of the storage. The vault owns `key` from now on and overwrites it when it is closed.
   */
  static async open(storage: Storage, aead: Aead, key: Uint8Array, random: Random): Promise<Vault> {
    if (key.length !== storeKeySize) throw new ReadbackError("invalid-argument", "A store key has 32 bytes.");
    const vault = new Vault(storage, aead, key, random);
    const sealedProbe = await storage.read(probeKey);
    if (sealedProbe !== undefined && vault.#tryOpen(probeKey, sealedProbe) === undefined) {
      throw new ReadbackError("storage-wrong-key", "The store key does not open this store.");
    }
    const before = await storage.read(fenceKey);
    const fence = vault.#seal(fenceKey, random(16));
    const changes: Change[] = [{ put: fenceKey, value: fence }];
    if (sealedProbe === undefined) changes.push({ put: probeKey, value: vault.#seal(probeKey, probe) });
    await storage.write(changes, [{ key: fenceKey, value: before }]);
    vault.#fence = [{ key: fenceKey, value: fence }];
    return vault;
  }

  /** The value of a key, or `undefined`. Rejects with `storage-damaged` where its seal is broken. */
  async read(key: string): Promise<Uint8Array | undefined> {
    const sealed = await this.#storage.read(key);
    return sealed && this.#open({ key, value: sealed }).value;
  }

  /** See {@link Storage.list}. Rejects with `storage-damaged` where a seal is broken. */
  async list(prefix: string, options?: ListOptions): Promise<Entry[]> {
    return (await this.#storage.list(prefix, options)).map((entry) => this.#open(entry));
  }

  /** See {@link Storage.write}. Rejects with `storage-conflict` where another client has opened the store since. */
  async write(changes: readonly Change[]): Promise<void> {
    const { nonceSize } = this.#aead;
    // Asking for all nonces at once costs as much as asking for one.
    const nonces = this.#random(nonceSize * changes.length);
    const sealed = changes.map((change, index) => {
      if (!("put" in change)) return change;
      const nonce = nonces.subarray(index * nonceSize, (index + 1) * nonceSize);
      return { put: change.put, value: this.#seal(change.put, change.value, nonce) };
    });
    await this.#storage.write(sealed, this.#fence);
  }

  /** Closes the storage and overwrites the key. */
  async close(): Promise<void> {
    await this.#storage.close();
    this.#key.fill(0);
  }

  #seal(key: string, value: Uint8Array, nonce = this.#random(this.#aead.nonceSize)): Uint8Array {
    return concat(nonce, this.#aead.seal(this.#key, nonce, utf8(key), value));
  }

  #tryOpen(key: string, sealed: Uint8Array): Uint8Array | undefined {
    const { nonceSize, tagSize } = this.#aead;
    if (sealed.length < nonceSize + tagSize) return undefined;
    return this.#aead.open(this.#key, sealed.subarray(0, nonceSize), utf8(key), sealed.subarray(nonceSize));
  }

  #open({ key, value }: Entry): Entry {
    const opened = this.#tryOpen(key, value);
    if (opened === undefined) throw new ReadbackError("storage-damaged", "A stored record is damaged.");
    return { key, value: opened };
  }
}
