/**
 * Whom a commit has kept although it was to remove them (I11): a person who has asked to leave, or `@domain`, where its
 * revocation service has asked for a device of anybody there.
 *
 * @param asked - once for each device
 * @param removed - the persons of the devices that the commit removes
 */
export function keptBy(asked: readonly string[], removed: readonly string[]): string | undefined {
  const left = [...removed];
  const isService = (name: string): boolean => name.startsWith("@");
  // Those who leave themselves first: for a service any of its domain will do.
  for (const name of [...asked.filter((one) => !isService(one)), ...asked.filter(isService)]) {
    const index = left.findIndex((person) => person === name || (isService(name) && person.endsWith(name)));
    if (index < 0) return name;
    left.splice(index, 1);
  }
  return undefined;
}
