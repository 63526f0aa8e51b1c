import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { speakerOf } from "../cast.ts";
import { readOptions } from "../options.ts";
import { isCritical, longestLine, readBackOf, readScript } from "../script.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("a script", () => {
  test("is one message a line, whatever ends a line, without the empty ones", () => {
    expect(readScript(bytes("one\n\ntwo\r\n\r\nthree"))).toEqual(["one", "two", "three"]);
    expect(readScript(bytes("one\n"))).toEqual(["one"]);
    expect(readScript(bytes(""))).toEqual([]);
    expect(readScript(bytes("\n\n"))).toEqual([]);
  });

  test("keeps every character of a line", () => {
    const lines = ["  indented, trailing  ", "\u{1fac0} Größe 血圧", "a\rb", "\ufeffmark", "null \0 byte"];
    expect(readScript(bytes(lines.join("\n")))).toEqual(["  indented, trailing  ", ...lines.slice(1)]);
  });

  test("may begin with a byte order mark, which is no text", () => {
    expect(readScript(bytes("\ufeffone\ntwo"))).toEqual(["one", "two"]);
  });

  test("has lines of up to 16 KiB, counted in bytes of UTF-8", () => {
    const longest = "é".repeat(longestLine / 2);
    expect(readScript(bytes(`${longest}\r\n`))).toEqual([longest]);
    expect(() => readScript(bytes(`one\n\n${longest}!\n`))).toThrow("line 3 has 16385 bytes");
  });

  test("is refused where it is not UTF-8, with the line", () => {
    expect(() => readScript(Uint8Array.of(0x61, 0x0a, 0xff, 0x0a))).toThrow("line 2 is not UTF-8");
    expect(() => readScript(Uint8Array.of(0xc3))).toThrow("line 1 is not UTF-8");
  });
});

describe("the consult", () => {
  const lines = readScript(readFileSync(new URL("../consult.txt", import.meta.url)));

  test("is about forty messages", () => {
    expect(lines.length).toBeGreaterThanOrEqual(35);
    expect(lines.length).toBeLessThanOrEqual(45);
  });

  test("has a critical potassium from Mercy, and something critical from either side", () => {
    const critical = lines.flatMap((line, index) =>
      isCritical(line) ? [[speakerOf(index), readBackOf(line)]] : [],
    );
    expect(critical).toContainEqual([
      0,
      "Read back: potassium 6.8 mmol/L, not hemolyzed, confirmed on the blood gas at 14:05.",
    ]);
    expect(new Set(critical.map(([side]) => side))).toEqual(new Set([0, 1]));
  });
});

describe("a read-back", () => {
  test("is the first sentence, and never longer than a message", () => {
    expect(readBackOf("CRITICAL: glucose 64 mg/dL. Dextrose is going in.")).toBe(
      "Read back: glucose 64 mg/dL.",
    );
    expect(readBackOf("CRITICAL potassium 6.8")).toBe("Read back: potassium 6.8");
    expect(readBackOf("CRITICAL")).toBe("Read back: ");
    const long = readBackOf(`CRITICAL: ${"\u{1fac0}".repeat(4_000)}`);
    expect(bytes(long).length).toBeLessThan(longestLine);
  });

  test("is asked for by the first word only", () => {
    expect(isCritical("CRITICAL: K 6.8")).toBe(true);
    expect(isCritical("A critical value")).toBe(false);
    expect(isCritical("CRITICALLY ill")).toBe(false);
  });
});

describe("the command line", () => {
  test("takes a file, a folder to keep and a way to spoil", () => {
    expect(readOptions([])).toEqual({ file: undefined, keep: undefined, spoil: undefined });
    expect(readOptions(["a.txt", "--keep", "b"])).toEqual({ file: "a.txt", keep: "b", spoil: undefined });
    expect(readOptions(["--spoil", "lose"])).toEqual({ file: undefined, keep: undefined, spoil: "lose" });
  });

  test.each([[["a", "b"]], [["--keep"]], [["--keep", ""]], [["--spoil", "all"]], [["--unknown"]]])(
    "refuses %j",
    (args) => {
      expect(() => readOptions(args)).toThrow();
    },
  );
});
