/** The organisation that a device belongs to: the domain of its person. @param name - the full name of the device */
export function organisationOf(name: string): string {
  const person = name.slice(0, name.indexOf("/"));
  return person.slice(person.lastIndexOf("@") + 1);
}
