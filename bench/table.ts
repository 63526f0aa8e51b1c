import type { Result } from "./row.ts";

const head = ["group", "what", "median", "raw", "ratio", "goal", "ts-mls", "ts-mls / ours", "raw figure"];

/** All results as one Markdown table. */
export function table(results: readonly Result[]): string {
  const cells = results.map((result) => [
    result.group,
    result.what,
    figure(result.measured, ` ${result.unit}`),
    figure(result.raw, ` ${result.unit}`),
    figure(result.ratio, "×"),
    result.goal,
    figure(result.peer, ` ${result.unit}`),
    figure(result.peerRatio, "×"),
    result.rawOf,
  ]);
  const widths = head.map((title, column) =>
    Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const rule = widths.map((width) => "-".repeat(width));
  return [line(head), line(rule), ...cells.map(line)].join("\n");
}

/** Three digits that count. */
function figure(value: number | undefined, unit: string): string {
  if (value === undefined) return "";
  if (value >= 100) return Math.round(value).toLocaleString("en-US") + unit;
  return value.toFixed(value >= 10 ? 1 : 2) + unit;
}
