/** Whom something explains: one device, one conversation, both together or, with neither, everybody. */
export interface Whom {
  readonly device?: string;
  readonly conversation?: string;
}

/** What has happened in a world explains some findings and errors. Whatever nothing explains is a violation. */
export class Permits {
  readonly #explained = new Set<string>();

  /** These may be found, reported or so from now on. */
  allow(what: Iterable<string>, { device = "", conversation = "" }: Whom): void {
    for (const one of what) this.#explained.add(`${one} ${device} ${conversation}`);
  }

  /** Whether something has an explanation. */
  has(what: string, device: string, conversation = ""): boolean {
    return [device, ""].some((who) =>
      [conversation, ""].some((where) => this.#explained.has(`${what} ${who} ${where}`)),
    );
  }
}
