import { afterEach, describe, expect, test, vi } from "vitest";
import { systemRandom } from "../../src/index.ts";

afterEach(() => vi.restoreAllMocks());

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const nextTask = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("systemRandom", () => {
  test("gives as many bytes as asked for, never the same ones", () => {
    const seen = new Set<string>();
    for (let i = 0; i < 10_000; i++) {
      const length = 12 + (i % 60);
      const bytes = systemRandom(length);
      expect(bytes.length).toBe(length);
      expect(bytes.buffer.byteLength).toBe(length);
      seen.add(hex(bytes.subarray(0, 12)));
    }
    expect(seen.size).toBe(10_000);
    expect(systemRandom(0).length).toBe(0);
    expect(hex(systemRandom(200_000).subarray(199_000))).not.toMatch(/^0+$/);
  });

  test("small draws of one task share what the system gave, and no task gets what another one left", async () => {
    await nextTask();
    const system = vi.spyOn(crypto, "getRandomValues");
    for (let i = 0; i < 20; i++) systemRandom(12);
    expect(system).toHaveBeenCalledTimes(1);
    const pool = system.mock.calls[0]?.[0] as Uint8Array;
    const isZero = (): boolean => pool.every((byte) => byte === 0);
    expect(isZero()).toBe(false);
    await nextTask();
    expect(isZero()).toBe(true);
    systemRandom(12);
    expect(system).toHaveBeenCalledTimes(2);
  });

  test("bytes that were given are no longer in what is shared", () => {
    const system = vi.spyOn(crypto, "getRandomValues");
    for (let i = 0; i < 50; i++) systemRandom(64);
    const pool = system.mock.calls.at(-1)?.[0] as Uint8Array;
    const given = systemRandom(32);
    expect(hex(pool)).not.toContain(hex(given));
  });

  test("where the system fails, it throws and gives nothing it has given before", async () => {
    await nextTask();
    vi.spyOn(crypto, "getRandomValues").mockImplementation(() => {
      throw new Error("no entropy");
    });
    expect(() => systemRandom(12)).toThrow("no entropy");
    expect(() => systemRandom(100)).toThrow("no entropy");
    vi.restoreAllMocks();
    expect(hex(systemRandom(12))).not.toMatch(/^0+$/);
  });
});
