import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { rules } from "../packages/core/src/mls/rule.ts";

const root = resolve(import.meta.dirname, "..");
const page = join(root, "docs/mls-validation.md");
const folder = "packages/core/test/mls";

/** For each rule the file of the first test that holds its code: the code stands where the refusal is expected. */
function tests(): Map<string, string> {
  const files = readdirSync(join(root, folder)).filter((name) => name.endsWith(".test.ts"));
  const found = new Map<string, string>();
  for (const name of files.sort()) {
    const text = readFileSync(join(root, folder, name), "utf8");
    for (const [code] of text.matchAll(/(?<=["`/ ])mls-[a-z0-9-]+/g))
      if (!found.has(code)) found.set(code, name);
  }
  return found;
}

function table(): string {
  const found = tests();
  const rows = Object.entries(rules).map(([code, [section, text]]) => {
    const name = found.get(code);
    const link = name === undefined ? "**none**" : `[${name}](../${folder}/${name})`;
    return `| \`${code}\` | ${section} | ${text} | ${link} |`;
  });
  return ["| code | section | what is refused | test |", "|---|---|---|---|", ...rows].join("\n");
}

test("every rule that refuses something has a test that is refused by it", () => {
  const found = tests();
  expect(Object.keys(rules).filter((code) => !found.has(code))).toEqual([]);
});

test("docs/mls-validation.md lists the rules as they are (READBACK_WRITE=1 writes them)", () => {
  const text = readFileSync(page, "utf8");
  const [before = "", after = ""] = [text.split("<!-- rules -->")[0], text.split("<!-- end -->")[1]];
  const wanted = `${before}<!-- rules -->\n\n${table()}\n\n<!-- end -->${after}`;
  if (process.env.READBACK_WRITE === "1") writeFileSync(page, wanted);
  expect(readFileSync(page, "utf8") === wanted).toBe(true);
});
