import { isIPv6 } from "node:net";

/** Counts what comes from where, and says when it is too much. */
export class AddressCount {
  readonly #limit: number;
  readonly #limitPerAddress: number;
  readonly #byAddress = new Map<string, number>();
  #total = 0;

  /**
   * @param limit - all together
   * @param limitPerAddress - of one address
   */
  constructor(limit: number, limitPerAddress: number) {
    this.#limit = limit;
    this.#limitPerAddress = limitPerAddress;
  }

  /** What is counted now. */
  get total(): number {
    return this.#total;
  }

  /**
   * Counts one more, and returns how to count it no more (idempotent); or which limit it would go over.
   *
   * @param address - `undefined` counts only for the total
   */
  take(address: string | undefined): (() => void) | "total" | "address" {
    if (this.#total >= this.#limit) return "total";
    const sameAddress = address === undefined ? 0 : (this.#byAddress.get(address) ?? 0);
    if (sameAddress >= this.#limitPerAddress) return "address";
    this.#total += 1;
    if (address !== undefined) this.#byAddress.set(address, sameAddress + 1);
    let isCounted = true;
    return () => {
      if (!isCounted) return;
      isCounted = false;
      this.#total -= 1;
      if (address === undefined) return;
      const left = (this.#byAddress.get(address) ?? 1) - 1;
      if (left === 0) this.#byAddress.delete(address);
      else this.#byAddress.set(address, left);
    };
  }
}

/** What counts as one address: an IPv4 address, or the first 64 bits of an IPv6 address, which one subscriber owns. */
export function networkOf(address: string | undefined): string | undefined {
  if (address === undefined || !isIPv6(address)) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped) return mapped[1];
  const [before = "", after] = address.replace(/%.*$/, "").split("::");
  const [head, tail] = [before, after ?? ""].map((part) => (part === "" ? [] : part.split(":")));
  const missing = after === undefined ? 0 : Math.max(0, 8 - (head?.length ?? 0) - (tail?.length ?? 0));
  const groups = [...(head ?? []), ...Array.from({ length: missing }, () => "0"), ...(tail ?? [])];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":")}::/64`;
}
