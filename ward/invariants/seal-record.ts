import { absorbAll, squeeze } from "../crypto/unsafe-hash.ts";
import { copied } from "../kernel/slab.ts";
import { Violation } from "./violation.ts";

/** I8: no key and nonce for two different things, and no message key for two messages that leave a device. */
export class SealRecord {
  readonly #byPair = new Map<string, string>();
  readonly #byTag = new Map<string, { readonly key: string; readonly plaintext: Uint8Array }>();
  readonly #sentWith = new Map<string, string>();

  /** How often something was sealed. */
  get count(): number {
    return this.#byPair.size;
  }

  add(
    use: "message" | "store",
    key: Uint8Array,
    nonce: Uint8Array,
    data: Uint8Array,
    plaintext: Uint8Array,
    sealed: Uint8Array,
  ): void {
    const pair = nameOf(key, nonce);
    absorbAll(0, data, plaintext);
    const [first, second] = [squeeze(0), squeeze(4)];
    const what = String.fromCharCode(first & 0xffff, first >>> 16, second & 0xffff, second >>> 16);
    const earlier = this.#byPair.get(pair);
    if (earlier !== undefined && earlier !== what)
      throw new Violation("I8", `one key and nonce sealed two things (${use})`);
    this.#byPair.set(pair, what);
    if (use === "message")
      this.#byTag.set(tagOf(sealed), { key: pair.slice(0, key.length), plaintext: copied(plaintext) });
  }

  /**
   * A message leaves a device. Returns what was sealed.
   *
   * @param isPutBack - whether the device's store was put back: what it had sent and no log holds, it cannot know of. The
   *   nonces still differ, which is what the reuse guard is for (RFC 9420 §6.3.1)
   */
  sent(ciphertext: Uint8Array, device: string, isPutBack = false): Uint8Array {
    // The reuse guard makes nonces differ, so a key that serves two messages shows only here.
    const tag = tagOf(ciphertext);
    const sealed = this.#byTag.get(tag);
    if (sealed === undefined) throw new Violation("I8", `${device} sent a message that no device has sealed`);
    const other = this.#sentWith.get(sealed.key);
    if (other !== undefined && other !== tag && !isPutBack)
      throw new Violation("I8", `${device} sent two messages under one key`);
    this.#sentWith.set(sealed.key, tag);
    return sealed.plaintext;
  }
}

const scratch = Buffer.alloc(256);

/** One character for each byte: to ask small arrays themselves would make them move. */
function nameOf(a: Uint8Array, b: Uint8Array): string {
  scratch.set(a);
  scratch.set(b, a.length);
  return scratch.toString("latin1", 0, a.length + b.length);
}

function tagOf(sealed: Uint8Array): string {
  const { length } = sealed;
  for (let i = 0; i < 16; i++) scratch[i] = sealed[length - 16 + i] as number;
  return scratch.toString("latin1", 0, 16);
}
