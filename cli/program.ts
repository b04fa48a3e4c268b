/**
 * The program: its commands, and what becomes of what they throw.
 *
 * @module
 */
import { Command, CommanderError } from "commander";
import { budget } from "./commands/budget.ts";
import { doctor } from "./commands/doctor.ts";
import { cancel, drain, remove, rewind } from "./commands/ending.ts";
import { explain } from "./commands/explain.ts";
import { next } from "./commands/next.ts";
import { job, jobs } from "./commands/jobs.ts";
import { history, members, runs } from "./commands/looking.ts";
import { pause, resume } from "./commands/pausing.ts";
import { schedules } from "./commands/schedules.ts";
import { simulate } from "./commands/simulate.ts";
import { backfill, trigger } from "./commands/starting.ts";
import { status } from "./commands/status.ts";
import { watch } from "./commands/watch.ts";
import { upcoming, why } from "./commands/why.ts";
import { exitCodes, failureOf } from "./frame/exit.ts";
import type { Host } from "./frame/Host.ts";
import { makeSecrets, type Secrets } from "./frame/secrets.ts";
import { type AddCommand, type CommonOptions, jsonText, makeSession, type Session } from "./frame/Session.ts";
import { paintFor } from "./print/paint.ts";

/** Written in by the build; in a test it is not there. */
declare const RINGCRON_VERSION: string | undefined;
const version = typeof RINGCRON_VERSION === "string" ? RINGCRON_VERSION : "0.0.0-source";

const groups: ReadonlyArray<readonly [title: string, commands: ReadonlyArray<AddCommand>]> = [
  ["Without a store:", [next, explain, budget]],
  ["To look:", [status, members, jobs, job, why, upcoming, runs, history, watch, simulate, doctor]],
  ["To ask for something:", [pause, resume, trigger, backfill, cancel, remove, drain, rewind]],
  ["Schedules in the store:", [schedules]],
];

/** The program with its commands. Nothing is run yet. */
export const make = (host: Host, secrets: Secrets): Command => {
  const program = new Command("ringcron")
    .description("Looks at a fleet of ringcron, and asks things of it.")
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print help")
    .helpCommand("help [command]", "print help of a command")
    .option("--json", "print JSON: one document, or one a line where more come")
    .option("--color", "colours also where no terminal is")
    .option("--no-color", "no colours; as NO_COLOR does")
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .showSuggestionAfterError(true)
    .exitOverride();
  program.configureOutput({
    writeOut: (text) => host.out(secrets.without(text)),
    // What is wrong is told once, by whoever catches it; help after an error is help.
    writeErr: (text) => host.err(secrets.without(text)),
    outputError: () => {},
    getOutHelpWidth: () => host.columns,
    getErrHelpWidth: () => host.columns,
    getOutHasColors: () => false,
    getErrHasColors: () => false,
  });
  const sessionOf = (command: Command): Session => makeSession(host, secrets, command.optsWithGlobals<CommonOptions>());
  for (const [title, commands] of groups) {
    program.commandsGroup(title);
    for (const add of commands) add(program, sessionOf);
  }
  for (const command of program.commands) command.copyInheritedSettings(program);
  program.addHelpText(
    "after",
    "\nExit codes: 0 done, 1 failed, 2 wrong use, 3 no answer from the store, 4 not permitted, 5 unknown job, node or schedule," +
      "\n6 refused as things stand, 7 something needs attention.",
  );
  return program;
};

/** Whether it is how commander says that it has printed help, or the version. */
const isAnswered = ({ code, exitCode }: CommanderError): boolean => exitCode === 0 || code === "commander.help";

/** Runs a command. Resolves to the exit code, and never rejects. */
export const run = async (args: ReadonlyArray<string>, host: Host): Promise<number> => {
  const secrets = makeSecrets();
  try {
    await make(host, secrets).parseAsync([...args], { from: "user" });
    return exitCodes.done;
  } catch (error) {
    if (error instanceof CommanderError && isAnswered(error)) {
      return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    }
    const { ending, kind, message } = failureOf(error);
    const code = exitCodes[ending];
    if (args.includes("--json")) {
      host.err(secrets.without(jsonText({ error: { kind, message, exitCode: code } }, false)));
    } else {
      const isColoured = args.includes("--no-color") ? false : args.includes("--color") ? true : undefined;
      const paint = paintFor(isColoured, host.env, host.isTerminal);
      host.err(secrets.without(`${paint.bad("ringcron:")} ${message}\n`));
    }
    return code;
  }
};
