/**
 * Nobody is there for a year: the server's clock is moved.
 *
 * @module
 */
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { quantile } from "../../compare/counting.ts";
import { movableClock } from "../../support/faketime.ts";
import { startRedis } from "../../support/redis.ts";
import { waitFor } from "../../support/wait.ts";
import { watch } from "./held.ts";
import { patient, reminder, service } from "./plan.ts";
import { clientOf, noteHeld, type On } from "./stages.ts";
import { open } from "./stand.ts";

const yearMs = 366 * 86_400_000;
const keys = `ringcron:2:{${service}}:`;

/** What is due in the silence and after it, and whether it is there. */
export const year = async (on: On): Promise<void> => {
  const { figures, folder, stand: { redis: before } } = on;
  const few = 1_000;
  const client = await clientOf(on);
  const now = Date.now();
  const dueAt = now + yearMs + 60_000;
  await client.schedules.putMany(Array.from({ length: few }, (_, at) => patient(at, now + yearMs / 2 + at)));
  await client.schedules.putMany(Array.from({ length: few }, (_, at) => reminder(at, dueAt + at * 10)));
  await client.close();
  const count = async (redis: typeof before) =>
    Number(await redis.command("HLEN", `${keys}lasting`)) + Number(await redis.command("ZCARD", `${keys}names`));
  const rows = await count(before);
  await before.command("SAVE");

  const clock = await movableClock(join(folder, "clock"));
  clock.move(yearMs);
  const redis = await startRedis({ dir: folder, env: clock.env });
  const stand = await open(redis, folder);
  try {
    figures.atMost("rows that are gone after a year without anybody", rows - await count(redis), 0, "");
    const held = await watch(redis);
    const nodes = await stand.startNodes();
    const of = (kind: string) => stand.started().filter(({ id }) => id.startsWith(`w/${kind}`));
    const first = await nodes.firstRun();
    figures.note("first start after a year", `${first - nodes.beganAt} ms`);
    const waitsOf = async () => {
      const shelves = await redis.command("KEYS", `${keys}shelf:*`);
      let waiting = 0;
      for (const shelf of Array.isArray(shelves) ? shelves : []) {
        waiting += Number(await redis.command("ZCOUNT", String(shelf), "-inf", `${Date.now() + yearMs - 5_000}`));
      }
      return waiting;
    };
    const [backlog, beganAt] = [await waitsOf(), Date.now()];
    await delay(Math.max(0, dueAt - yearMs + few * 10 - Date.now()));
    // What is overdue is decided by its policy, the earliest first: most of it is skipped, as nobody is to catch up on it.
    const isOver = async () => {
      await delay(1_000);
      return (await waitsOf()) === 0 && of("patient").length >= few && of("reminder").length >= few;
    };
    await waitFor(isOver, 75_000 + on.schedules, "all that was overdue").catch(() => undefined);
    const seconds = (Date.now() - beganAt) / 1_000;
    figures.note("overdue after a year", `${backlog}, ${await waitsOf()} after ${seconds.toFixed(0)} s`);
    const ids = (kind: string) => new Set(of(kind).map(({ id }) => id)).size;
    figures.atMost("due in the silence and lost", few - ids("patient"), 0, "");
    figures.atMost("due after the silence and lost", few - ids("reminder"), 0, "");
    const started = of("patient").length + of("reminder").length;
    figures.atMost("twice after the silence", started - ids("patient") - ids("reminder"), 0, "");
    const lateMs = of("reminder").map(({ dueAt, startedAt }) => startedAt - dueAt).sort((a, b) => a - b);
    figures.note("late after the silence, p50 and p99", `${quantile(lateMs, 0.5)} and ${quantile(lateMs, 0.99)} ms`);
    noteHeld(on, "due, all of it overdue", await held());
    await nodes.leave();
  } finally {
    await stand.stop();
    await redis.stop();
  }
};
