import { scenarios } from "./scenarios.ts";
import { waiting } from "./waiting.ts";

/** Plays one scenario, by number or name, or `all`. Returns whether all went as they have to. */
export async function runScenarios(which: string): Promise<boolean> {
  const isChosen = ({ number, name }: { readonly number: number; readonly name: string }): boolean =>
    which === "all" || which === String(number) || which === name;
  const chosen = scenarios.filter(isChosen);
  let isGood = chosen.length > 0;
  for (const { number, name, play } of chosen) {
    try {
      await play();
      console.log(`ok     ${number} ${name}`);
    } catch (error) {
      isGood = false;
      const { message, stack } = error instanceof Error ? error : new Error(String(error));
      console.log(`FAILED ${number} ${name}: ${message.split("\n").slice(0, 3).join(" ")}\n${stack}`);
    }
  }
  for (const { number, name, needs } of waiting.filter(isChosen))
    console.log(`waits  ${number} ${name}: needs ${needs}`);
  if (which === "all") console.log(countOf());
  return isGood;
}

/** How many of the list can be played. */
export function countOf(): string {
  const numbers = new Set(scenarios.map(({ number }) => number));
  const open = new Set(waiting.map(({ number }) => number).filter((number) => !numbers.has(number)));
  return `${numbers.size} of 44 scenarios run, ${open.size} wait for what does not exist yet.`;
}
