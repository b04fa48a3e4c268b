/**
 * Commands of the command line: a process of its own the first time that each is called, and in this process from then on, as a process
 * takes longer to begin than a command to be carried out.
 *
 * @module
 */
import { call as callHere } from "./cli-host.ts";
import { cli, type CliOptions, type CliResult } from "./cli-process.ts";

/** All that was said by a program, to look for what must not be in it. */
export const said: Array<string> = [];

/** The words that say which command it is: `schedules put`, `status`. */
const commandOf = ([first = "", second = ""]: ReadonlyArray<string>): string =>
  first === "schedules" ? `${first} ${second}` : first;

/** Calls a command. */
export type Calling = (args: ReadonlyArray<string>, options?: CliOptions) => Promise<CliResult>;

/** `seen`: which commands were processes of their own already. */
export const calling = (env: Readonly<Record<string, string>>, seen: Set<string> = new Set()): Calling => {
  return async (args: ReadonlyArray<string>, options: CliOptions = {}): Promise<CliResult> => {
    const isOwn = options.isTerminal === true || options.untilSaid !== undefined || !seen.has(commandOf(args));
    seen.add(commandOf(args));
    const all = { ...env, ...options.env };
    const result: CliResult = isOwn
      ? await cli(args, { ...options, env: all })
      : await callHere(args, { env: all, input: options.input ?? "" }) as CliResult;
    said.push(result.out, result.err);
    return result;
  };
};
