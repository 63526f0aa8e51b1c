/** A key inside OpenSSL. */
export interface KeyObject {
  export(options: { format: "jwk" }): { x?: string };
  export(options: { format: "der"; type: "spki" }): Uint8Array;
}

/** What a raw key is a key of. */
export interface RawKeyType {
  readonly asymmetricKeyType: string;
  readonly namedCurve?: string;
}

/** What is common to encryption and decryption. */
export interface Cipher {
  setAAD(data: Uint8Array): unknown;
  update(data: Uint8Array): Uint8Array;
  final(): Uint8Array;
}

/** A Diffie-Hellman key pair on a NIST curve, in raw bytes. */
export interface Ecdh {
  setPrivateKey(privateKey: Uint8Array): void;
  getPublicKey(): Uint8Array;
  computeSecret(publicKey: Uint8Array): Uint8Array;
}

/**
 * The part of `node:crypto` that is used here. Declared by hand, so that core needs no types of Node; other runtimes
 * that imitate it may lack any of it.
 */
export interface NodeCrypto {
  hash(algorithm: string, data: Uint8Array, encoding: "buffer"): Uint8Array;
  hash(algorithm: string, data: Uint8Array, encoding: "latin1"): string;
  createHmac(algorithm: string, key: KeyObject): { update(data: Uint8Array): { digest(): Uint8Array } };
  createSecretKey(key: Uint8Array): KeyObject;
  createPrivateKey(
    key:
      | { key: Uint8Array; format: "der"; type: "pkcs8" }
      | ({ key: Uint8Array; format: "raw-private" | "raw-seed" } & RawKeyType),
  ): KeyObject;
  /** @param key - a private key, or a public key in PEM */
  createPublicKey(key: KeyObject | string): KeyObject;
  createCipheriv(
    algorithm: string,
    key: KeyObject,
    nonce: Uint8Array,
    options: { authTagLength: number },
  ): Cipher & { getAuthTag(): Uint8Array };
  createDecipheriv(
    algorithm: string,
    key: KeyObject,
    nonce: Uint8Array,
    options: { authTagLength: number },
  ): Cipher & { setAuthTag(tag: Uint8Array): unknown };
  createECDH(curve: string): Ecdh;
  diffieHellman(keys: { privateKey: KeyObject; publicKey: KeyObject }): Uint8Array;
  decapsulate(privateKey: KeyObject, encapsulated: Uint8Array): Uint8Array;
  sign(algorithm: string | null, message: Uint8Array, key: KeyObject): Uint8Array;
  verify(algorithm: string | null, message: Uint8Array, key: KeyObject, signature: Uint8Array): boolean;
  /** On a thread of its own. */
  verify(
    algorithm: string | null,
    message: Uint8Array,
    key: KeyObject,
    signature: Uint8Array,
    done: (error: unknown, isValid: boolean) => void,
  ): void;
}

/**
 * `node:crypto` of this runtime, or `undefined` in browsers and wherever else there is none. Asked for at run time,
 * since an import would have to be resolved by every bundler.
 */
export function nodeCrypto(): NodeCrypto | undefined {
  const { process } = globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } };
  return process?.getBuiltinModule?.("node:crypto") as NodeCrypto | undefined;
}
