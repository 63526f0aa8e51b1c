/** Where everything that happens by chance comes from: the same name gives the same sequence, in every run. */
export class Chance {
  readonly #name: string;
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** @param name - the seed: different names give unrelated sequences */
  constructor(name: string) {
    this.#name = name;
    [this.#a, this.#b, this.#c] = wordsOf(name);
    for (let round = 0; round < 12; round++) this.word();
  }

  /** A sequence of its own, which does not change with what else is drawn. */
  fork(name: string): Chance {
    return new Chance(`${this.#name}/${name}`);
  }

  /** 32 bits (sfc32, after Chris Doty-Humphrey's PractRand). */
  word(): number {
    const sum = (this.#a + this.#b + this.#counter++) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** From 0 on and below 1. */
  share(): number {
    return this.word() / 4_294_967_296;
  }

  /** A whole number from 0 on and below `limit`. */
  below(limit: number): number {
    return Math.floor(this.share() * limit);
  }

  /** From `from` on and below `to`. */
  between(from: number, to: number): number {
    return from + this.share() * (to - from);
  }

  /** True in this share of all cases. */
  happens(share: number): boolean {
    return this.share() < share;
  }

  /** Waiting times between things that happen by themselves: exponential. */
  gap(mean: number): number {
    return -Math.log(1 - this.share()) * mean;
  }

  /** One of them. */
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }

  /** Fresh bytes, good for nothing but simulations. */
  readonly bytes = (length: number): Uint8Array => {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; at += 4) {
      const word = this.word();
      for (let i = 0; i < 4 && at + i < length; i++) bytes[at + i] = word >>> (8 * i);
    }
    return bytes;
  };
}

/** FNV-1a with three offsets: enough to tell names apart. */
function wordsOf(name: string): [number, number, number] {
  const words: [number, number, number] = [0x811c9dc5, 0x9dc5811c, 0x1c9dc581];
  for (let i = 0; i < name.length; i++) {
    for (let k = 0; k < 3; k++)
      words[k] = Math.imul((words[k] as number) ^ (name.charCodeAt(i) + k), 0x01000193);
  }
  return words;
}
