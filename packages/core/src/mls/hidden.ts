/**
 * Holds secrets so that they do not show up by accident: not in logs, JSON, error messages or `util.inspect`.
 * Opening it is a deliberate act that can be searched for. It does not protect against code in the same runtime.
 */
export class Hidden<T> {
  readonly #content: T;

  /** @param content - not copied */
  constructor(content: T) {
    this.#content = content;
  }

  /** What is inside, not a copy. */
  open(): T {
    return this.#content;
  }
}
