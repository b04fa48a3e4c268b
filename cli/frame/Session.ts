/**
 * One call of the program: what was asked for in general, and how it answers.
 */
import type { Command } from "commander";
import type { Host } from "./Host.ts";
import { type Paint, paintFor } from "../print/paint.ts";
import { ownZone } from "../print/words.ts";
import { Stop } from "./exit.ts";
import type { Secrets } from "./secrets.ts";

/** Options that every command has. */
export interface CommonOptions {
  readonly json?: boolean;
  readonly color?: boolean;
}

/** What a text for people is made with. */
export interface Look {
  readonly paint: Paint;
  readonly columns: number;
  /** The clock of this machine, epoch milliseconds. */
  readonly now: number;
  /** The zone in which instants are shown. */
  readonly zone: string;
}

/** A call. */
export interface Session {
  readonly host: Host;
  readonly secrets: Secrets;
  readonly isJson: boolean;
  readonly look: Look;
  /** Prints what was asked for: as JSON, or in words. */
  readonly show: (data: unknown, text: (look: Look) => string) => void;
  /** Says something beside it, to people only. */
  readonly say: (text: string) => void;
  /** Waits for work, and says that it goes on where that takes longer than a second and somebody looks. */
  readonly wait: <A>(work: Promise<A>, what: string) => Promise<A>;
  /** What it is that takes long, from now on. */
  readonly doing: (what: string) => void;
  /** From now on nothing is said of what takes long: it is meant to. */
  readonly isPatient: () => void;
  /** Has a step confirmed by `--yes` or by a person; fails if it is not. */
  readonly confirm: (question: string, isConfirmed: boolean | undefined) => Promise<void>;
}

/** One command: adds itself to the program. `sessionOf` begins a call with the options that were given. */
export type AddCommand = (program: Command, sessionOf: (command: Command) => Session) => void;

/** JSON as people read it on a terminal, and as programs take it. */
export const jsonText = (data: unknown, isTerminal: boolean): string =>
  `${JSON.stringify(data, null, isTerminal ? 2 : undefined)}\n`;

/** Begins a call. */
export const makeSession = (host: Host, secrets: Secrets, options: CommonOptions): Session => {
  const isJson = options.json === true;
  const look: Look = {
    paint: paintFor(options.color, host.env, host.isTerminal),
    columns: host.isTerminal ? host.columns : Infinity,
    now: host.now(),
    zone: ownZone(),
  };
  let [isAsking, isPatient, isTold] = [false, isJson || !host.canAsk || !host.isTerminal, false];
  let since = host.now();
  let now: string | undefined;
  const clear = (): void => {
    if (isTold) host.err("\r\u001b[K");
    isTold = false;
    since = host.now();
  };
  return {
    host,
    secrets,
    isJson,
    look,
    show: (data, text) => {
      clear();
      host.out(secrets.without(isJson ? jsonText(data, host.isTerminal) : text({ ...look, now: host.now() })));
    },
    say: (text) => {
      clear();
      if (!isJson) host.err(secrets.without(`${text}\n`));
    },
    doing: (what) => {
      now = what;
    },
    wait: async (work, what) => {
      now = undefined;
      const timer = setInterval(() => {
        const seconds = Math.floor((host.now() - since) / 1_000);
        if (isPatient || isAsking || seconds < 1) return;
        host.err(`\r${look.paint.dim(`${now ?? what}: ${seconds} s`)}\u001b[K`);
        isTold = true;
      }, 250);
      try {
        return await work;
      } finally {
        clearInterval(timer);
        clear();
      }
    },
    isPatient: () => {
      isPatient = true;
    },
    confirm: async (question, isConfirmed) => {
      if (isConfirmed === true) return;
      if (!host.canAsk) {
        throw new Stop("usage", "Unconfirmed", `${question} Nobody can be asked here: say it with --yes`);
      }
      clear();
      isAsking = true;
      const answer = await host.ask(secrets.without(`${question} [y/N] `));
      isAsking = false;
      since = host.now();
      if (!/^y(es)?$/i.test(answer.trim())) throw new Stop("failed", "Declined", "nothing was done");
    },
  };
};
