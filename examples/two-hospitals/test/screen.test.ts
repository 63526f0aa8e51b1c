import { describe, expect, test } from "vitest";
import { type Paper, Screen } from "../screen.ts";

class Sheet implements Paper {
  text = "";
  readonly isTTY: boolean;
  readonly columns = 40;

  constructor(isTTY: boolean) {
    this.isTTY = isTTY;
  }

  write(text: string): void {
    this.text += text;
  }
}

function screenOn(lines: readonly string[], isTTY = false): { screen: Screen; sheet: Sheet } {
  const sheet = new Sheet(isTTY);
  return { screen: new Screen(sheet, lines), sheet };
}

describe("the screen", () => {
  test("shows a message when it is queued, and each rung when it comes", () => {
    const { screen, sheet } = screenOn(["Hello."]);
    screen.climb(0, "queued");
    expect(sheet.text).toBe("   1  Mercy\n      Hello.\n      queued");
    screen.climb(0, "sent");
    screen.climb(0, "delivered");
    expect(sheet.text).toMatch(/queued → sent → delivered$/);
    screen.climb(0, "read");
    expect(sheet.text).toMatch(/queued → sent → delivered → read\n$/);
  });

  test("waits for the read-back of what is critical", () => {
    const { screen, sheet } = screenOn(["CRITICAL: K 6.8", "Next."]);
    screen.climb(0, "queued");
    screen.climb(1, "queued");
    screen.climb(0, "read");
    expect(sheet.text).toMatch(/delivered → read$/);
    screen.climb(0, "acknowledged", "Read back: K 6.8");
    expect(sheet.text).toMatch(
      / → acknowledged\n {6}“Read back: K 6.8”\n {3}2 {2}St. Luke's\n {6}Next.\n {6}queued$/,
    );
  });

  test("keeps the order of the lines where later ones are quicker", () => {
    const { screen, sheet } = screenOn(["one", "two"]);
    screen.climb(1, "read");
    expect(sheet.text).toBe("");
    screen.climb(0, "read");
    expect(sheet.text.match(/queued → sent → delivered → read\n/g)).toHaveLength(2);
    expect(sheet.text.indexOf("one")).toBeLessThan(sheet.text.indexOf("two"));
  });

  test("goes on with a ladder that a notice came across", () => {
    const { screen, sheet } = screenOn(["one"]);
    screen.climb(0, "queued");
    screen.notice("a crash");
    screen.climb(0, "sent");
    expect(sheet.text).toMatch(/queued\n·· a crash\n {6}… → sent$/);
  });

  test("is plain text where there is no terminal, and keeps a terminal's width where there is one", () => {
    const long = "word ".repeat(30).trim();
    const plain = screenOn([long]);
    plain.screen.climb(0, "queued");
    expect(plain.sheet.text).toContain(long);
    const terminal = screenOn([long], true);
    terminal.screen.climb(0, "queued");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what colours are made of
    const rows = terminal.sheet.text.replaceAll(/\u001b\[\d+m/g, "").split("\n");
    expect(Math.max(...rows.map((row) => row.length))).toBeLessThanOrEqual(40);
  });

  test("lets no message move the cursor, turn the writing or fill the screen", () => {
    const { screen, sheet } = screenOn(["a\u001b[2Jb\u0007c\u202ed\re", "x".repeat(16_384)]);
    screen.climb(0, "read");
    screen.climb(1, "read");
    expect(sheet.text).toContain("      ab·c·d·e\n");
    expect(sheet.text.length).toBeLessThan(1_000);
  });
});
