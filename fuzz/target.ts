/** One decoder, or one piece of state behind decoders, that meets bytes from outside. */
export interface Target {
  readonly name: string;
  /** The package that it belongs to: inputs that broke it are kept in `packages/<home>/test/regressions`. */
  readonly home: "core" | "relay" | "org";
  /** Inputs to begin with, from which all others come. */
  seeds(): readonly Uint8Array[] | Promise<readonly Uint8Array[]>;
  /** Whether an input may be refused with this code. */
  mayRefuse(code: string): boolean;
  /**
   * Takes one input. What it does must follow from the input alone. Refuses by throwing a `ReadbackError`; throws
   * anything else where a promise is broken, for instance that a refusal changes nothing.
   *
   * @returns what the input must be, byte for byte, where a value has only one encoding
   */
  take(input: Uint8Array): Uint8Array | undefined | Promise<undefined>;
  /** Milliseconds of work that one input may take. Default: 50. */
  readonly time?: number;
  /** Bytes that one input may make the runtime allocate, besides 1 KiB for each of its own. Default: 1 MiB. */
  readonly memory?: number;
}
