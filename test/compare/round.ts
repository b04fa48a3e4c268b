/**
 * One contender in one scenario: three processes, one Redis of its own, and the count of what ran.
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import { createFleet, type FleetProcess } from "../support/processes.ts";
import { projectRoot } from "../support/project.ts";
import { startRedis } from "../support/redis.ts";
import { startUpstash } from "../support/upstash.ts";
import type { Contender } from "./contenders.ts";
import { commandsIn, type Count, count, type Start, type Window } from "./counting.ts";
import type { Orders } from "./programs/process.ts";
import { startProxy } from "./proxy.ts";
import type { Scenario, Stage } from "./scenarios.ts";

/** What all rounds share. */
export interface Terms {
  readonly jobs: ReadonlyArray<string>;
  readonly periodMs: number;
  /** How long a run takes. */
  readonly takesMs: number;
  /** How long all is well before the window, with every process ready. */
  readonly settleMs: number;
  readonly windowMs: number;
  /** How long a slot of the window may still run after it. */
  readonly tailMs: number;
  /** The folder with the peers. */
  readonly peers: string;
}

/** What came out of a round. */
export interface Outcome {
  readonly contender: Contender;
  readonly scenario: Scenario;
  readonly count: Count;
  /** Commands of the store per run, both within the window. */
  readonly commandsPerRun: number;
  /** Processes that ended though nobody ended them. */
  readonly died: ReadonlyArray<string>;
}

/** A process that was told to end and has not by then is killed, as a platform would. */
const leaveBoundMs = 12_000;

/** Runs one round. */
export async function runRound(contender: Contender, scenario: Scenario, terms: Terms): Promise<Outcome> {
  await using redis = await startRedis();
  await using endpoint = await startUpstash({ redisPort: redis.port });
  await using proxy = await startProxy(contender.speaks === "http" ? endpoint.port : redis.port);
  await using fleet = createFleet();
  const current = new Map<string, FleetProcess>();
  const ended = new Set<FleetProcess>();
  const died: Array<string> = [];

  const launch = async (name: string, skewMs = 0): Promise<FleetProcess> => {
    const { jobs, peers, periodMs, takesMs } = terms;
    const orders: Orders = { name, port: proxy.port, token: endpoint.token, jobs, periodMs, takesMs, peers };
    const process = await fleet.start({
      name,
      program: `test/compare/programs/${contender.program}`,
      nodeArgs: ["--import", `${projectRoot}/.build/test/compare/clock.js`],
      env: { ...contender.env, COMPARE_ORDERS: JSON.stringify(orders), COMPARE_SKEW_MS: `${skewMs}` },
    });
    current.set(name, process);
    process.exited.then((code) => {
      if (!ended.has(process)) {
        died.push(`${name} (exit code ${code}${process.text && `: ${process.text.trim().slice(-200)}`})`);
      }
    });
    return process;
  };
  const named = (name: string): FleetProcess => {
    const process = current.get(name);
    if (process === undefined) throw new Error(`scenario ${scenario.name}: no process ${name}`);
    return process;
  };
  const ending = (name: string): FleetProcess => {
    const process = named(name);
    ended.add(process);
    return process;
  };
  const stage: Stage = {
    async start(name) {
      await launch(name);
    },
    async leave(name) {
      const process = ending(name);
      await process.terminate(leaveBoundMs).catch(() => process.kill());
    },
    kill: (name) => ending(name).kill(),
    pause: (name) => named(name).pause(),
    resume: (name) => named(name).resume(),
    delay: (ms, jitterMs) => proxy.delay(ms, jitterMs),
    cut: () => proxy.cut(),
    mend: () => proxy.mend(),
  };

  const first = await Promise.all(["a", "b", "c"].map((name, n) => launch(name, scenario.skewMs?.[n])));
  await Promise.all(first.map((it) => it.waitForLine(({ ready }) => ready === true, 60_000, "being ready")));
  await delay(terms.settleMs);

  const { jobs, periodMs, windowMs } = terms;
  // Between two due instants, so that no run is cut in half by the edge.
  const from = (Math.floor(Date.now() / periodMs) + 2) * periodMs - periodMs / 2;
  const window: Window = { jobs, periodMs, from, to: from + windowMs };
  const until = (ms: number) => delay(Math.max(0, ms - Date.now()));
  await until(from);
  await redis.command("CONFIG", "RESETSTAT");
  const steps: Array<Promise<void>> = [];
  for (const [atMs, step] of scenario.steps) {
    await until(from + atMs);
    const taken = Promise.resolve().then(() => step(stage));
    // It is waited for below; until then its failure must not end the other rounds.
    taken.catch(() => {});
    steps.push(taken);
  }
  await until(window.to);
  const commands = commandsIn(String(await redis.command("INFO", "commandstats")));
  await Promise.all(steps);
  await until(window.to + terms.tailMs);

  for (const process of fleet.processes) ended.add(process);
  await fleet.stop();
  const starts = fleet.lines.filter((line) => typeof line.job === "string").map((line): Start => ({
    job: line.job as string,
    slot: line.slot as number | undefined,
    at: line.at as number,
    by: line.from,
    attempt: line.attempt as number | undefined,
  }));
  const runs = starts.filter(({ at }) => at >= window.from && at < window.to).length;
  return { contender, scenario, count: count(starts, window), commandsPerRun: commands / Math.max(1, runs), died };
}
