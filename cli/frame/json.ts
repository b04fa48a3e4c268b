/**
 * JSON that is given as an option, or on standard input.
 */
import type { Command } from "commander";
import { wrongUse } from "./exit.ts";
import type { Session } from "./Session.ts";

/** The JSON of an option. */
export const jsonOf = (option: string, text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    // Not shown: it may hold what nobody is to read.
    throw wrongUse(`${option}: is no JSON; allowed: JSON such as '{"month":3}'`);
  }
};

/** That of `--payload`; `-` stands for standard input. */
export const jsonGiven = async (session: Session, command: Command, text: string): Promise<unknown> => {
  if (text === "-" && command.optsWithGlobals().tokenStdin === true) {
    throw wrongUse("--payload - and --token-stdin: standard input can be read once");
  }
  return jsonOf("--payload", text === "-" ? await session.host.input() : text);
};
