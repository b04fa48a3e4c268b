/**
 * The surroundings of the command line in a test: what it prints is kept, what it is asked is answered.
 *
 * @module
 */
import type { Command } from "commander";
import type { Host } from "../../cli/frame/Host.ts";
import { makeSecrets } from "../../cli/frame/secrets.ts";
import { make, run } from "../../cli/program.ts";

/** What a command has done. */
export interface Called {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** Standard output as JSON. */
  readonly json: () => unknown;
}

/** Surroundings that differ from those of a pipe on a machine without any settings. */
export interface CallOptions
  extends Partial<Pick<Host, "isTerminal" | "canAsk" | "columns" | "env" | "now" | "pause">> {
  /** Standard input. */
  readonly input?: string;
  /** What somebody answers. */
  readonly answer?: string;
}

/** A pipe on a machine without any settings. */
const pipe: Host = {
  out: () => {},
  err: () => {},
  isTerminal: false,
  canAsk: false,
  columns: 100,
  env: {},
  now: Date.now,
  input: () => Promise.resolve(""),
  ask: () => Promise.resolve(""),
  pause: () => Promise.resolve(false),
};

/** The commands that there are. */
export const commands = (): ReadonlyArray<Command> => make(pipe, makeSecrets()).commands;

/** Runs a command in this process. */
export async function call(args: ReadonlyArray<string>, options: CallOptions = {}): Promise<Called> {
  const { answer = "", input = "", ...rest } = options;
  let [out, err] = ["", ""];
  const code = await run(args, {
    ...pipe,
    ...rest,
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    input: () => Promise.resolve(input),
    ask: (question) => {
      err += question;
      return Promise.resolve(answer);
    },
  });
  return { code, out, err, json: () => JSON.parse(out) };
}
