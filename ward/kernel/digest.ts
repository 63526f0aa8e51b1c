import { createHash } from "node:crypto";

const flushAt = 65_536;

/** One short name for everything that has happened, in order. */
export class Digest {
  readonly #hash = createHash("sha256");
  #text = "";

  /** Adds one thing that has happened. */
  add(what: string): void {
    this.#text += what;
    this.#text += "\n";
    if (this.#text.length > flushAt) this.#flush();
  }

  /** 16 hexadecimal digits. */
  get value(): string {
    this.#flush();
    return this.#hash.copy().digest("hex").slice(0, 16);
  }

  #flush(): void {
    this.#hash.update(this.#text);
    this.#text = "";
  }
}
