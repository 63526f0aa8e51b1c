/** One story that has to end well, whatever goes wrong in it. Its number is that of the list in `docs/simulation.md`. */
export interface Scenario {
  readonly number: number;
  /** Kebab-case. */
  readonly name: string;
  /** Plays it. Rejects where it does not go as it has to. */
  play(): Promise<void>;
}

/** A scenario, or a part of one, that cannot be played yet. */
export interface WaitingScenario {
  readonly number: number;
  readonly name: string;
  /** What does not exist yet. */
  readonly needs: string;
}
