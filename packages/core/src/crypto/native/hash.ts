import type { Hash } from "../suite.ts";
import { wipe } from "../wipe.ts";
import { fromLatin1, own } from "./bytes.ts";
import type { NodeCrypto } from "./node-crypto.ts";

/**
 * A hash of `node:crypto` and HMAC over it (RFC 2104).
 *
 * @param size - bytes of the output
 * @param blockSize - bytes of a block of the compression function
 */
export function nativeHash(node: NodeCrypto, algorithm: string, size: number, blockSize: number): Hash {
  // Above this, copying the message costs more than a keyed object does.
  const shortest = 1024;
  const inner = new Uint8Array(blockSize + shortest);
  const outer = new Uint8Array(blockSize + size);
  const innerHash = outer.subarray(blockSize);
  const zeros = new Uint8Array(size);

  const long = (key: Uint8Array, data: Uint8Array): Uint8Array => {
    // An empty key and zeros are the same key to HMAC, but not every runtime takes an empty one.
    const secret = node.createSecretKey(key.length === 0 ? zeros : key);
    return own(node.createHmac(algorithm, secret).update(data).digest());
  };

  /** HMAC; `inside` puts the inner hash of its bytes into the array. */
  const mac = (key: Uint8Array, data: Uint8Array, inside: (bytes: Uint8Array, to: Uint8Array) => void) => {
    if (key.length > blockSize || data.length > shortest) return long(key, data);
    // Two plain hashes are cheaper than to set up and finish one keyed object.
    for (let i = 0; i < blockSize; i++) {
      const byte = i < key.length ? (key[i] as number) : 0;
      inner[i] = byte ^ 0x36;
      outer[i] = byte ^ 0x5c;
    }
    const end = blockSize + data.length;
    inner.set(data, blockSize);
    inside(inner.subarray(0, end), innerHash);
    const result = own(node.hash(algorithm, outer, "buffer"));
    inner.fill(0, 0, end);
    outer.fill(0);
    return result;
  };
  const hidden = (bytes: Uint8Array, to: Uint8Array): void => {
    const hash = node.hash(algorithm, bytes, "buffer");
    to.set(hash);
    wipe(hash);
  };
  // A Buffer from native code costs more than the hash, a string nearly nothing; but nobody can overwrite a string.
  const open = (bytes: Uint8Array, to: Uint8Array): void => {
    const hash = node.hash(algorithm, bytes, "latin1");
    for (let i = 0; i < size; i++) to[i] = hash.charCodeAt(i);
  };

  return {
    size,
    // A digest is no secret.
    digest: (data) => fromLatin1(node.hash(algorithm, data, "latin1")),
    mac: (key, data) => mac(key, data, hidden),
    prf: (key, data) => mac(key, data, open),
  };
}
