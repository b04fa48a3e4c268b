/**
 * `ringcron cancel`, `remove`, `drain`, `rewind`: what ends something, and is asked about first.
 */
import type { Command } from "commander";
import { Stop } from "../frame/exit.ts";
import { withFleet, withStore } from "../frame/fleet.ts";
import type { AddCommand } from "../frame/Session.ts";
import { by, byOf, wholeNumber } from "../frame/values.ts";
import { counted, iso } from "../print/words.ts";

interface Confirmed {
  readonly yes?: boolean;
  readonly by?: string;
}

interface CancelOptions extends Confirmed {
  readonly fence?: string;
  readonly queued?: boolean;
}

interface DrainOptions extends Confirmed {
  readonly within?: string;
  readonly reason?: string;
}

const yes = "-y, --yes";
const doNotAsk = "do not ask";

/** Adds it. */
export const cancel: AddCommand = (program, sessionOf) => {
  withStore(
    program.command("cancel").description("tell what runs of a job to stop, wherever it is")
      .argument("<job>", "its name")
      .option("--fence <token>", "the run with this token alone, as runs tells it")
      .option("--queued", "not what runs, but what people asked for and no node has yet")
      .option(...by)
      .option(yes, doNotAsk),
  ).action(async (job: string, options: CancelOptions, command: Command) => {
    const session = sessionOf(command);
    const asker = { by: byOf(options.by, {}) };
    const fence = options.fence === undefined
      ? undefined
      : wholeNumber("--fence", options.fence, 1, Number.MAX_SAFE_INTEGER);
    await withFleet(session, command, async ({ client }) => {
      if (options.queued === true) {
        await session.confirm(`Give up what is queued of ${job}?`, options.yes);
        const cancelled = await client.cancelQueued(job, asker);
        session.show(
          { job, queued: 0, cancelled },
          () =>
            cancelled === 0 ? `nothing of ${job} is queued\n` : `${counted(cancelled, "fire")} of ${job} given up\n`,
        );
        return;
      }
      await session.confirm(
        fence === undefined ? `Cancel all runs of ${job}?` : `Cancel run ${fence} of ${job}?`,
        options.yes,
      );
      const cancelled = await client.cancel(job, { fence, ...asker });
      if (cancelled === 0 && fence !== undefined) {
        throw new Stop("unknown", "UnknownRun", `no run of ${job} has the token ${fence}`);
      }
      session.show(
        { job, cancelled },
        () => cancelled === 0 ? `nothing of ${job} runs\n` : `${counted(cancelled, "run")} of ${job} to stop\n`,
      );
    });
  });
};

/** Adds it. */
export const remove: AddCommand = (program, sessionOf) => {
  withStore(
    program.command("remove").description("forget a job that no node declares any more")
      .argument("<job>", "its name")
      .option(...by)
      .option(yes, doNotAsk),
  ).action(async (job: string, options: Confirmed, command: Command) => {
    const session = sessionOf(command);
    await withFleet(session, command, async ({ client }) => {
      await session.confirm(`Forget ${job}, with its pause and the keys that people asked under?`, options.yes);
      await client.remove(job, { by: byOf(options.by, {}) });
      session.show({ job, removed: true }, () => `${job} is forgotten\n`);
    });
  });
};

/** Adds it. */
export const drain: AddCommand = (program, sessionOf) => {
  withStore(
    program.command("drain").description("ask a node to leave: it hands over, its handlers drain, and it is stopped")
      .argument("<node>", "its name, as members tells it")
      .option("--within <ms>", "how long its handlers may take (default: as the node is configured)")
      .option("--reason <text>", "why")
      .option("--by <name>", "who does it; empty for nobody (default: USER)")
      .option(yes, doNotAsk),
  ).action(async (node: string, options: DrainOptions, command: Command) => {
    const session = sessionOf(command);
    const drainMs = options.within === undefined ? undefined : wholeNumber("--within", options.within, 0, 3_600_000);
    await withFleet(session, command, async ({ client }) => {
      await session.confirm(`Ask ${node} to leave?`, options.yes);
      const { reason } = options;
      const asked = await client.drain(node, { drainMs, reason, by: byOf(options.by, session.host.env) });
      session.show({ node, asked }, () => `${counted(asked, "node")} called ${node} asked to leave\n`);
    });
  });
};

/** Adds it. */
export const rewind: AddCommand = (program, sessionOf) => {
  withStore(
    program.command("rewind").description("take back what was decided ahead of time while a clock was absurdly wrong")
      .argument("<job>", "its name")
      .option(...by)
      .option(yes, doNotAsk),
  ).action(async (job: string, options: Confirmed, command: Command) => {
    const session = sessionOf(command);
    await withFleet(session, command, async ({ client }) => {
      await session.confirm(`Let ${job} fire again from now on, also what ran ahead of its time?`, options.yes);
      const decidedUpTo = await client.rewind(job, { by: byOf(options.by, {}) });
      session.show(
        { job, wasDecidedUpTo: decidedUpTo },
        ({ zone }) =>
          decidedUpTo === undefined
            ? `${job} is not decided ahead of time; nothing was changed\n`
            : `${job} was decided up to ${iso(decidedUpTo, zone)}, and fires again from now on\n`,
      );
    });
  });
};
