/**
 * Half of Node's young generation, at most 8 MiB. A relay keeps little that is young; left to itself Node lets it grow to
 * over a hundred MiB where many connections come at once, and keeps them.
 */
export const smallYoungGeneration = "--max-semi-space-size=8";

/** The part of `process` that {@link startOver} goes by. */
export interface StartedProcess {
  readonly execPath: string;
  readonly execArgv: readonly string[];
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** There where another process has started this one and talks with it. */
  readonly channel?: unknown;
  execve?(file: string, args: readonly string[]): never;
}

/**
 * Lets the program start over with {@link smallYoungGeneration}, as the same process: nothing but the command line can set
 * it. Returns where the size was chosen already, where whoever started the process would lose its channel to it, and
 * where this cannot be done: on Windows, and before Node 22.15.
 */
export function startOver(started: StartedProcess): void {
  const { execPath, execArgv, argv, env, channel } = started;
  const isChosen = [...execArgv, env.NODE_OPTIONS ?? ""].some((text) => /max.semi.space.size/.test(text));
  if (isChosen || channel !== undefined) return;
  started.execve?.(execPath, [execPath, smallYoungGeneration, ...execArgv, ...argv.slice(1)]);
}
