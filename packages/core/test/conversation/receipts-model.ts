import fc from "fast-check";
import type { Report } from "../../src/conversation/receipt-state.ts";

/** The last entry of the log in these tests. */
export const head = 12;

/** Reports of three devices, one of which has been removed and added again; all of them may be made. */
export const reports: fc.Arbitrary<Report> = fc
  .tuple(
    fc.constantFrom(
      { device: { person: "ada@mercy.example", device: "phone" }, since: 1 },
      { device: { person: "ada@mercy.example", device: "desk" }, since: 4 },
      { device: { person: "ben@lab.example", device: "phone" }, since: 0 },
      { device: { person: "ben@lab.example", device: "phone" }, since: 8 },
    ),
    fc.integer({ min: 1, max: head }),
    fc.uniqueArray(fc.integer({ min: 1, max: head }), { maxLength: 4 }),
    fc.constantFrom("stored" as const, "displayed" as const),
    fc.nat(1_000),
  )
  .map(([{ device, since }, end, holes, level, at]) => {
    const upTo = Math.max(end, since);
    const exceptions = holes.filter((seq) => seq < upTo).sort((a, b) => a - b);
    return { device, since, level, upTo, exceptions, head, at };
  });

/** What a report says, entry by entry: `person/device/since/level/seq`. What is displayed is stored, too. */
export function saidBy({ device, since, level, upTo, exceptions }: Report): string[] {
  const said: string[] = [];
  for (let seq = 1; seq <= upTo; seq++) {
    if (exceptions.includes(seq)) continue;
    const name = `${device.person}/${device.device}/${since}`;
    said.push(`${name}/stored/${seq}`);
    if (level === "displayed") said.push(`${name}/displayed/${seq}`);
  }
  return said;
}
