import type { Edit, Mutant } from "./mutant.ts";

/** Everything that a mutant changes. */
export function editsOf(mutant: Mutant): readonly Edit[] {
  return [mutant, ...(mutant.guards ?? [])];
}

/** A source with the mutant's changes of that file in it. Throws unless the text of each is there exactly once. */
export function mutate(source: string, file: string, mutant: Mutant): string {
  return editsOf(mutant)
    .filter((edit) => edit.file === file)
    .reduce((mutated, { find, replace }) => {
      const parts = mutated.split(find);
      if (parts.length !== 2)
        throw new Error(`${mutant.name}: its text is ${parts.length - 1} times in ${file}`);
      return parts.join(replace);
    }, source);
}
