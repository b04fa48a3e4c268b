import fc from "fast-check";
import process from "node:process";
import { describe, expect, it } from "vitest";
import { each, type Hostile, hostile } from "../support/hostile.ts";
import { waitFor } from "../support/wait.ts";
import { everySecond, timed, useNodes, type Watched } from "./support/nodes.ts";

const seed = Number(process.env["SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const { make, running, written } = useNodes();

const raise = (value: unknown): never => {
  throw value;
};

/** The ways in which a handler fails with a value. */
const ways: Readonly<Record<string, (value: unknown) => unknown>> = {
  throws: raise,
  rejects: (value) => Promise.reject(value),
  "rejects later": async (value) => {
    await null;
    throw value;
  },
  "has a getter that throws it": (value) => ({
    get then() {
      throw value;
    },
  }),
  "is no promise but rejects": (value) => ({ then: (_: unknown, reject: (it: unknown) => void) => reject(value) }),
  "throws it when asked": (value) => ({ then: () => raise(value) }),
};

/** Both runs of each job, or what is missing. */
const endsOf = (cron: Watched, jobs: ReadonlyArray<string>) => {
  const ended = cron.happened("RunEnded");
  const missing = jobs.filter((job) => ended.filter(({ run }) => run.job === job).length < 2);
  return missing.length > 0 ? undefined : ended;
};

describe(`what handlers throw, SEED=${seed}`, () => {
  it("is told whatever it is, and the next fire runs", async () => {
    const values: ReadonlyArray<Hostile> = [...each(), ...fc.sample(hostile, { seed, numRuns: 60 })];
    const cron = await make();
    const jobs = values.map(({ name, value }, index) => {
      const [way, failWith] = Object.entries(ways)[index % Object.keys(ways).length] as [string, typeof raise];
      return { job: `job-${index}`, about: `${way}: ${name}`, value, handler: () => failWith(value) };
    });
    for (const { handler, job } of jobs) await cron.add(job, everySecond, handler);
    // Listeners are strangers as well.
    let heard = 0;
    cron.on((event) => {
      heard += 1;
      const write = event as { at: number };
      write.at = 0;
    });
    cron.on((event) => {
      if ("run" in event) (event.run as { fence: number }).fence = 0;
    });
    cron.on(() => raise(values[heard % values.length]?.value));
    cron.on(() => Promise.reject(values[heard % values.length]?.value) as unknown as void);
    cron.on(() => ways["throws it when asked"]?.(values[heard % values.length]?.value) as void);
    cron.pool.onChange(() => Promise.reject(values[0]?.value) as unknown as void);
    await cron.start();
    const ended = await waitFor(
      () => endsOf(cron, jobs.map(({ job }) => job)),
      10_000,
      () => {
        const missing = jobs.filter(({ job }) => endsOf(cron, [job]) === undefined);
        return `two ends of ${missing.map(({ about }) => about).join(", ")}`;
      },
    );
    for (const { about, job, value } of jobs) {
      const ends = ended.filter(({ run }) => run.job === job);
      const isTold = ({ cause, error, outcome }: typeof ends[number]) =>
        outcome === "failed" && Object.is(cause, value) && error !== undefined && error.length <= 1_000;
      expect([about, ends.every(isTold)]).toEqual([about, true]);
    }
    // Nothing is under way that would be waited for.
    expect(await timed(cron.stop({ drainMs: 120_000 }))).toBeLessThan(60_000);
    expect(heard).toBeGreaterThan(jobs.length);
    expect(Math.max(...written().map(({ length }) => length))).toBeLessThan(4_000);
    expect(written().some((text) => text.includes("a listener failed: non-Error thrown: "))).toBe(true);
    expect(written().some((text) => text.includes("failed: non-Error thrown: "))).toBe(true);
  });

  it("is told while stack traces are broken", async () => {
    const holder = Error as { prepareStackTrace?: unknown };
    const before = holder.prepareStackTrace;
    try {
      holder.prepareStackTrace = raise;
      const cron = await running(() => raise(new Error("boom")));
      await waitFor(() => endsOf(cron, ["job"]), 6_000, "two ends");
      await cron.stop();
      expect(cron.happened("RunEnded").every(({ error }) => error === "Error: boom")).toBe(true);
    } finally {
      holder.prepareStackTrace = before;
    }
  });
});

describe.concurrent("what handlers answer with", () => {
  const itself = { then: (done: (it: unknown) => void) => done(itself) };
  const answers: Readonly<Record<string, () => unknown>> = {
    "a promise of a promise": () => Promise.resolve(Promise.resolve(5)),
    "what comes to itself again and again": () => itself,
    "what is settled several times": () => ({
      then: (done: (it?: unknown) => void, failed: (it?: unknown) => void) => {
        done();
        done(itself);
        failed("no");
        throw new Error("no");
      },
    }),
    "what is settled later": () => ({ then: (done: () => void) => setTimeout(done, 5) }),
    "an object whose then is no function": () => ({ then: 5 }),
    "a revoked proxy of a promise kept inside": () => ({ inside: Proxy.revocable({}, {}).proxy }),
    "a function": () => () => {},
    "a symbol": () => Symbol("s"),
  };
  it.each(Object.keys(answers))("%s: the run succeeds, and the next fire runs", async (name) => {
    const cron = await running(() => answers[name]?.());
    await waitFor(() => endsOf(cron, ["job"]), 6_000, "two ends");
    expect(cron.happened("RunEnded").map(({ cause, error, outcome }) => [outcome, error, cause]).slice(0, 2))
      .toEqual([["succeeded", undefined, undefined], ["succeeded", undefined, undefined]]);
  });

  it("what is never settled: the run times out, and the next fire runs if it may overlap", async () => {
    const cron = await running(() => ({ then: () => {} }), { timeoutMs: 200, overlap: "allow" });
    await waitFor(() => endsOf(cron, ["job"]), 6_000, "two ends");
    expect(cron.happened("RunEnded")[0]?.outcome).toBe("timed-out");
  });
});
