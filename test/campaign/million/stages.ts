/**
 * What is done with a million schedules, and what of it is measured.
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import { type Client, createClient } from "ringcron/promise";
import * as Redis from "ringcron/redis";
import { quantile } from "../../compare/counting.ts";
import { createFleet } from "../../support/processes.ts";
import { waitFor } from "../../support/wait.ts";
import type { Figures } from "./figures.ts";
import { type Held, usedMemory, watch } from "./held.ts";
import { firesOf, handler, type Load, minutely, service, sizeOf } from "./plan.ts";
import type { Size, Stand } from "./stand.ts";

/** What a stage works on. */
export interface On {
  readonly figures: Figures;
  readonly schedules: number;
  readonly stand: Stand;
  readonly folder: string;
}

/** No command may hold the server longer. Milliseconds. */
const mostHeldMs = 10;

/** Whoever puts them: as many processes as put without waiting for each other. */
const loaders = 2;

const minuteMs = 60_000;

/** Of what was noted while something was done. */
export const noteHeld = (
  { figures }: Pick<On, "figures">,
  what: string,
  { counted, long, longOf, meanMs, mostMs, scripts }: Held,
): void => {
  const only = `of ${counted.times} that only count, ${
    counted.meanMs.toFixed(2)
  } ms each, ${counted.long}, up to ${counted.mostMs}`;
  const some = Object.entries(longOf).flatMap(([kind, count]) => count === 0 ? [] : `${count} ${kind}`);
  const kinds = some.length === 0 ? "" : ` (${some.join(", ")})`;
  const each = `${scripts} scripts, ${meanMs.toFixed(2)} ms each, ${long} over ${mostHeldMs} ms${kinds}; ${only}`;
  figures.atMost(`longest a command held Redis: ${what}`, mostMs, mostHeldMs, " ms", `; ${each}`);
};

/** A client of the service at the endpoint. */
export const clientOf = ({ stand: { endpoint: { token, url } } }: Pick<On, "stand">): Promise<Client> =>
  createClient({ service, driver: Redis.layer({ url, token, hints: true }) });

const putAll = async ({ stand: { env } }: On, name: string, count: number, processes: number): Promise<void> => {
  await using fleet = createFleet();
  const each = Math.ceil(count / processes);
  const started = await Promise.all(
    Array.from({ length: processes }, (_, n) =>
      fleet.start({
        name: `loader ${n}`,
        program: "test/campaign/million/load.js",
        args: [`${n * each}`, `${Math.min(count, (n + 1) * each)}`],
        env: { ...env, SERVICE: name },
      })),
  );
  const codes = await Promise.all(started.map((it) => it.exited));
  const created = fleet.lines.reduce((sum, { created = 0 }) => sum + Number(created), 0);
  if (created !== count || codes.some((it) => it !== 0)) {
    throw new Error(`${created} of ${count} were created; ${started.map(({ text }) => text).join(" ")}`);
  }
};

/** Keeps what is in the store, for the stages that follow. */
const save = async ({ stand: { redis } }: On): Promise<void> => void await redis.command("SAVE");

/** They are put. */
export const load = async (on: On): Promise<void> => {
  const { figures, schedules, stand: { endpoint, redis } } = on;
  await redis.command("FLUSHALL");
  const before = await usedMemory(redis);
  const held = await watch(redis);
  const [beganAt, requests] = [Date.now(), endpoint.requests()];
  await putAll(on, service, schedules, loaders);
  const seconds = (Date.now() - beganAt) / 1_000;
  const bytes = (await usedMemory(redis)) - before;
  figures.note(
    "puts a second",
    `${Math.round(schedules / seconds)}, ${schedules} in ${seconds.toFixed(0)} s by ${loaders} clients`,
  );
  figures.note("schedules put with a request", (schedules / (endpoint.requests() - requests)).toFixed(0));
  figures.atMost("bytes a schedule in the store", bytes / schedules, 600, "");
  noteHeld(on, "put", await held());
  await save(on);
};

const megabytes = (sizes: ReadonlyArray<Size>): string =>
  sizes.map(({ heapUsed, rss }) => `${(rss / 1e6).toFixed(0)} (heap ${(heapUsed / 1e6).toFixed(1)})`).join(", ");

const most = (sizes: ReadonlyArray<Size>, of: (size: Size) => number): number => Math.max(...sizes.map(of));

/** Nothing is due, and nodes are there. */
export const lie = async (on: On): Promise<void> => {
  const { figures, schedules, stand } = on;
  const few = 1_000;
  const small = "few";
  await putAll(on, small, few, 1);
  const sized = async (name: string) => {
    const held = await watch(stand.redis);
    const nodes = await stand.startNodes(name);
    await delay(5_000);
    const requests = stand.endpoint.requests();
    await delay(15_000);
    const sizes = await nodes.sizes();
    const seen = { sizes, held: await held(), perMinute: (stand.endpoint.requests() - requests) * 4 / 3 };
    await nodes.leave();
    return seen;
  };
  const before = await sized(small);
  const after = await sized(service);
  figures.note(`MB of each node with ${few}`, megabytes(before.sizes));
  figures.note(`MB of each node with ${schedules}`, megabytes(after.sizes));
  const ratio = most(after.sizes, ({ heapUsed }) => heapUsed) / most(before.sizes, ({ heapUsed }) => heapUsed);
  figures.atMost(`heap with ${schedules} to that with ${few}`, ratio, 1.1, "");
  const whole = most(after.sizes, ({ rss }) => rss) / most(before.sizes, ({ rss }) => rss);
  figures.atMost(`resident memory with ${schedules} to that with ${few}`, whole, 1.15, "");
  figures.note(
    "requests a node and minute while nothing is due",
    `${before.perMinute.toFixed(0)} with ${few}, ${after.perMinute.toFixed(0)} with ${schedules}`,
  );
  noteHeld(on, "join, beat and due, nothing is due", after.held);
};

/** People ask. */
export const ask = async (on: On): Promise<void> => {
  const { figures, schedules, stand: { endpoint, redis } } = on;
  const client = await clientOf(on);
  const times = 200;
  const asked = async (what: string, work: (at: number) => Promise<unknown>, each = times) => {
    const held = await watch(redis);
    const [beganAt, requests] = [performance.now(), endpoint.requests()];
    for (let at = 0; at < each; at++) await work(at);
    const ms = (performance.now() - beganAt) / each;
    const sent = (endpoint.requests() - requests) / each;
    noteHeld(on, `${what}, ${ms.toFixed(1)} ms and ${sent.toFixed(1)} requests each`, await held());
  };
  const idOf = (at: number) => `tenant-${Math.floor((at + 0.5) * schedules / times)}`;
  const { list, get, pause, put, remove, resume, trigger } = client.schedules;
  let cursor: string | undefined;
  let listed = 0;
  await asked("list 1,000", async () => {
    const page = await list({ limit: 1_000, cursor });
    cursor = page.cursor;
    listed += page.schedules.length;
  }, Math.min(50, schedules / 1_000));
  figures.note("listed", `${listed}`);
  await asked("list 100 by prefix", (at) => list({ prefix: idOf(at), limit: 100 }));
  await asked("get", (at) => get(idOf(at)));
  await asked("put anew", (at) => put({ id: `one-${at}`, handler, schedule: "H H H H *" }));
  await asked("put unchanged", (at) => put({ id: `one-${at}`, handler, schedule: "H H H H *" }));
  await asked("put changed", (at) => put({ id: `one-${at}`, handler, schedule: "H H 1 H *" }));
  await asked("pause", (at) => pause(`one-${at}`));
  await asked("resume", (at) => resume(`one-${at}`));
  await asked("trigger", (at) => trigger(`one-${at}`));
  await asked("remove", (at) => remove(`one-${at}`));
  await asked("jobs", () => client.jobs(), 5);
  await client.close();
};

/** What became of the fires of a load. */
const judge = (
  load: Load,
  seen: ReadonlyArray<{ readonly id: string; readonly dueAt: number; readonly at: number }>,
) => {
  const counts = new Map<string, number>();
  for (const fire of firesOf(load)) counts.set(fire, 0);
  let strange = 0;
  for (const { dueAt, id } of seen) {
    const fire = `${id} ${dueAt}`;
    const count = counts.get(fire);
    if (count === undefined) strange += 1;
    else counts.set(fire, count + 1);
  }
  const all = [...counts.values()];
  return {
    fires: all.length,
    lost: all.filter((it) => it === 0).length,
    twice: all.filter((it) => it > 1).length,
    strange,
    lateMs: seen.map(({ at, dueAt }) => at - dueAt).sort((a, b) => a - b),
  };
};

/** A thousand are due each second. */
export const due = async (on: On): Promise<void> => {
  const { figures, schedules, stand } = on;
  const { endpoint, redis } = stand;
  const client = await clientOf(on);
  let nodes = await stand.startNodes();
  const perSecond = Math.min(1_000, Math.ceil(schedules / 100));
  // They are put before the first is due, and the fleet is started anew in the last minute.
  const minutes = 3;
  const load: Load = {
    perSecond,
    minutes,
    from: Math.ceil((Date.now() + 15_000 + perSecond * 15) / minuteMs) * minuteMs,
  };
  const already = stand.started().length;
  for (let at = 0; at < sizeOf(load); at += 5_000) {
    const length = Math.min(5_000, sizeOf(load) - at);
    await client.schedules.putMany(Array.from({ length }, (_, n) => minutely(load, at + n)));
  }
  await client.close();
  if (Date.now() > load.from) throw new Error("the schedules that are watched were put too late");
  const until = (at: number) => delay(Math.max(0, at - Date.now()));
  await until(load.from - 1_000);
  const held = await watch(redis);
  const requests = endpoint.requests();
  const before = await nodes.sizes();
  await until(load.from + 2 * minuteMs - 100);
  const [after, took, sent] = [await nodes.sizes(), await held(), endpoint.requests() - requests];
  const seen = () =>
    stand.started().slice(already).filter(({ dueAt, id }) => id.startsWith("w/minutely") && dueAt >= load.from);
  await until(load.from + 2 * minuteMs + 5_000);
  const quiet = { ...load, minutes: 2 };
  const steady = judge(quiet, seen().filter(({ dueAt }) => dueAt < load.from + 2 * minuteMs));
  const { fires, lateMs } = steady;
  figures.note("fires", `${fires}, ${perSecond} a second for two minutes`);
  figures.atMost("fires lost", steady.lost, 0, "");
  figures.atMost("fires twice", steady.twice + steady.strange, 0, "");
  figures.note("late, p50", `${quantile(lateMs, 0.5)} ms`);
  figures.atMost("late, p99", quantile(lateMs, 0.99) ?? Infinity, 100, " ms");
  figures.note("late, most", `${lateMs.at(-1)} ms`);
  figures.note("requests a fire", (sent / fires).toFixed(3));
  figures.note("commands of Redis a fire", (took.commands / fires).toFixed(2));
  figures.note(
    "CPU µs a fire, all nodes",
    (after.reduce((sum, { cpuUs }, n) => sum + cpuUs - (before[n]?.cpuUs ?? 0), 0) / fires).toFixed(0),
  );
  figures.note("MB of each node meanwhile", megabytes(after));
  figures.note("other events", after.map(({ troubles }) => JSON.stringify(troubles)).join(" "));
  noteHeld(on, "due, claim and end", took);

  await nodes.leave();
  nodes = await stand.startNodes();
  figures.atMost(
    "first start after the whole fleet was started anew",
    (await nodes.firstRun()) - nodes.beganAt,
    3_000,
    " ms",
  );
  await until(load.from + minutes * minuteMs);
  const complete = () => judge(load, seen());
  await waitFor(() => complete().lost === 0, 10_000, "all fires").catch(() => undefined);
  const whole = complete();
  figures.atMost("fires lost with the restart", whole.lost, 0, "");
  figures.atMost("fires twice with the restart", whole.twice + whole.strange, 0, "");
  await nodes.kill();
  nodes = await stand.startNodes();
  await nodes.leave();
};
