/**
 * What single operations of a driver cost: requests, commands of Redis, time of the server, processor time of the client.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { Redis } from "ioredis";
import type * as EffectModule from "effect/Effect";
import type { Driver } from "../../../src/Driver.ts";
import type { ClaimItem, ClaimReply, Completion } from "../../../src/core/words/Request.ts";
import { beat, item as itemOf, type ItemParts } from "../../../src/testing/laws/requests.ts";
import type { RedisServer } from "../../support/redis.ts";

/** An item that a checkout from before reads too, in which a sync was a claim from nowhere. */
const item = (job: string, claimId: string, parts: ItemParts): ClaimItem => {
  const before = { from: undefined, to: 0, take: 0, runs: [], skips: [] };
  return { ...before, ...itemOf(job, claimId, parts) } as ClaimItem;
};

/** What one operation costs: the median of its samples. */
export interface Figures {
  readonly requests: number;
  readonly commands: number;
  readonly serverUs: number;
  readonly clientUs: number;
}

const metrics = ["requests", "commands", "serverUs", "clientUs"] as const;

/** A driver of a checkout, and what it has sent. */
interface Side {
  readonly driver: Driver;
  readonly run: typeof EffectModule.runPromise;
  readonly client: Redis;
  sent: number;
}

/** Imports what a checkout that is built has under a public name: each has files of its own behind it. */
export const moduleOf = <A>(folder: string, name: string): Promise<A> => {
  const { exports } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return import(pathToFileURL(join(folder, exports[`./${name}`].default)).href);
};

const open = async (folder: string, name: string, port: number): Promise<Side> => {
  const { make } = await moduleOf<{ make: (options: object) => EffectModule.Effect<Driver> }>(folder, name);
  const effect = createRequire(join(folder, "package.json")).resolve("effect/Effect");
  const { runPromise } = await import(pathToFileURL(effect).href) as typeof EffectModule;
  const client = new Redis(port);
  const side = { driver: await runPromise(make({ client })), run: runPromise, client, sent: 0 };
  const send = client.sendCommand.bind(client);
  client.sendCommand = (...args: Parameters<typeof send>) => {
    side.sent += 1;
    return send(...args);
  };
  return side;
};

/** Calls of all commands, and the time of scripts, so far. */
const stats = async (redis: RedisServer): Promise<readonly [calls: number, us: number]> => {
  let [calls, us] = [0, 0];
  const text = String(await redis.command("INFO", "commandstats"));
  for (const [, name, count, usec] of text.matchAll(/cmdstat_([^:]+):calls=(\d+),usec=(\d+)/g)) {
    if (name !== "info" && name !== "script|load") calls += Number(count);
    if (name === "evalsha" || name === "eval") us += Number(usec);
  }
  return [calls, us];
};

/** One side in a service of its own, with a second node that may be faster. */
interface Desk {
  readonly side: Side;
  readonly rival: Side;
  readonly service: string;
  readonly samples: Map<string, Array<Figures>>;
  readonly marks: Map<string, number>;
  version: number;
  round: number;
}

const sample = async <A>(redis: RedisServer, desk: Desk, name: string, by: Side, act: () => Promise<A>): Promise<A> => {
  const [calls, us] = await stats(redis);
  const sent = by.sent;
  const cpu = process.cpuUsage();
  const answer = await act();
  const { system, user } = process.cpuUsage(cpu);
  const [callsAfter, usAfter] = await stats(redis);
  const figures = {
    requests: by.sent - sent,
    commands: callsAfter - calls,
    serverUs: usAfter - us,
    clientUs: system + user,
  };
  desk.samples.set(name, [...desk.samples.get(name) ?? [], figures]);
  return answer;
};

/** One round: a fire of each job, claimed and ended, a race that is lost, a look, a beat. */
const turn = async (redis: RedisServer, desk: Desk, jobs: ReadonlyArray<string>): Promise<void> => {
  const { marks, rival, service, side } = desk;
  desk.round += 1;
  const claim = (by: Side, who: string, dueIn: number | undefined): Promise<ClaimReply> =>
    by.run(by.driver.claim({
      _tag: "Claim",
      service,
      incarnation: who,
      deployment: 1,
      expiresAt: Number.MAX_SAFE_INTEGER,
      items: jobs.map((job) => {
        const from = marks.get(job) as number;
        const claimId = `${who}.${desk.round}`;
        if (dueIn === undefined) return item(job, `${claimId}s`, { overlap: "skip", take: 0 });
        const to = from + dueIn;
        const runs = [{ dueAt: to, kind: "due" as const }];
        return item(job, claimId, { from, to, nextDueAt: to + 1_000, overlap: "skip", take: 0, floor: from, runs });
      }),
    }));
  const claimed = await sample(redis, desk, "claim", side, () => claim(side, "n", 1));
  const lost = await sample(redis, desk, "claim, somebody was faster", rival, () => claim(rival, "m", 1));
  if (lost.results.some(({ status }) => status !== "moved")) throw new Error("a race that was lost was won");
  const items = claimed.results.map(({ job, runs: [run], status, watermark }): Completion => {
    if (status !== "ok" || run === undefined) throw new Error(`${job}: ${status}`);
    marks.set(job, watermark as number);
    const { attempt, dueAt, fence } = run;
    return { job, fence, dueAt, attempt, outcome: "succeeded", startedAt: dueAt, endedAt: dueAt, rerun: false };
  });
  await sample(
    redis,
    desk,
    "complete",
    side,
    () => side.run(side.driver.complete({ _tag: "Complete", service, incarnation: "n", items })),
  );
  await sample(redis, desk, "sync", side, () => claim(side, "n", undefined));
  await sample(
    redis,
    desk,
    "beat",
    side,
    () => side.run(side.driver.beat(beat(service, "n", { knownVersion: desk.version }))),
  );
};

const begin = async (desk: Desk, jobs: ReadonlyArray<string>): Promise<void> => {
  const { rival, service, side } = desk;
  for (const [it, who] of [[side, "n"], [rival, "m"]] as const) {
    await it.run(it.driver.beat(beat(service, who, { declared: new Map() })));
  }
  desk.version = (await side.run(side.driver.beat(beat(service, "n")))).version;
  const { results } = await side.run(side.driver.claim({
    _tag: "Claim",
    service,
    incarnation: "n",
    deployment: 1,
    expiresAt: Number.MAX_SAFE_INTEGER,
    items: jobs.map((job) => item(job, "n.new", { overlap: "skip", take: 0, nextDueAt: 1 })),
  }));
  for (const { job, watermark } of results) desk.marks.set(job, watermark as number);
};

const median = (values: ReadonlyArray<number>): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;

/** The figures of each side by the name of the operation. */
export const operate = async (
  redis: RedisServer,
  driver: string,
  folders: ReadonlyArray<string>,
  count: number,
  rounds: number,
): Promise<ReadonlyArray<ReadonlyMap<string, Figures>>> => {
  const jobs = Array.from({ length: count }, (_, index) => `job-${index}`);
  const desks: Array<Desk> = [];
  for (const [at, folder] of folders.entries()) {
    const [side, rival] = [await open(folder, driver, redis.port), await open(folder, driver, redis.port)];
    const service = `${driver}-${count}-${at}`;
    const desk: Desk = { side, rival, service, samples: new Map(), marks: new Map(), version: 0, round: 0 };
    await begin(desk, jobs);
    desks.push(desk);
  }
  const warm = 20;
  for (let round = 0; round < warm + rounds; round++) {
    if (round === warm) { for (const { samples } of desks) samples.clear(); }
    for (const desk of round % 2 === 0 ? desks : desks.toReversed()) await turn(redis, desk, jobs);
  }
  for (const { rival, side } of desks) for (const { client } of [side, rival]) client.disconnect();
  return desks.map(({ samples }) =>
    new Map([...samples].map(([name, all]) => [
      name,
      Object.fromEntries(metrics.map((it) => [it, median(all.map((one) => one[it]))])) as unknown as Figures,
    ]))
  );
};
