/**
 * What bundlers make of the packed library: nothing that is not used, and budgets.
 */
import { createRequire } from "node:module";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Bundle, bundle, gzipBytes } from "../support/bundle.ts";
import { type Consumer, makeConsumer } from "../support/consumer.ts";
import { installProject } from "../support/private-project.ts";
import { table } from "../support/table.ts";

let consumer: Consumer;
let esbuild: { readonly build: (options: object) => Promise<EsbuildResult> };

interface EsbuildResult {
  readonly outputFiles: ReadonlyArray<{ readonly text: string }>;
  readonly metafile: {
    readonly outputs: Readonly<
      Record<string, { readonly inputs: Readonly<Record<string, { bytesInOutput: number }>> }>
    >;
  };
}

beforeAll(async () => {
  const [made, tools] = await Promise.all([makeConsumer(), installProject("test/package/npm")]);
  consumer = made;
  esbuild = createRequire(join(tools, "package.json"))("esbuild");
}, 240_000);
afterAll(() => consumer?.[Symbol.dispose]());

/** A bundle, and how many of its bytes come from each file. */
interface Weighed extends Bundle {
  readonly weights: ReadonlyMap<string, number>;
}

async function withEsbuild(entry: string, conditions: ReadonlyArray<string> = []): Promise<Weighed> {
  const { metafile, outputFiles: [file] } = await esbuild.build({
    conditions,
    stdin: { contents: entry, resolveDir: consumer.folder },
    bundle: true,
    format: "esm",
    metafile: true,
    minify: true,
    write: false,
  });
  const code = file?.text ?? "";
  const inputs = Object.values(metafile.outputs).flatMap((it) => Object.entries(it.inputs));
  const weights = new Map(inputs.map(([path, { bytesInOutput }]) => [path, bytesInOutput]));
  const files = [...weights.keys()].filter((path) => weights.get(path) !== 0);
  return { code, bytes: code.length, gzip: gzipBytes(code), files, weights };
}

const bundlers = [
  ["rolldown", (entry: string) => bundle({ from: consumer.folder, entry })],
  ["esbuild", withEsbuild],
] as const;

describe.each(bundlers)("tree-shaking with %s", (_, make) => {
  it.each(["ringcron/core", "ringcron"])("NextFire of %s brings nothing of Effect, and no parser", async (from) => {
    const { code, files } = await make(`import { NextFire } from "${from}"; export const { next } = NextFire;`);
    expect(code).toContain("export");
    expect(files.filter((it) => /node_modules\/(effect|cron-schedule|@upstash)\//.test(it))).toEqual([]);
    // The state machine and its kin stay out as well.
    expect(files.filter((it) => /core\/(node|ring|ledger|engine)\//.test(it))).toEqual([]);
  });

  it("the memory driver brings neither a Redis client nor a scheduler", async () => {
    const { files } = await make(`export { layer } from "ringcron/memory";`);
    expect(files.filter((it) => /@upstash|shell\/(Cron|NodePool)\.js|core\/node\/Machine/.test(it))).toEqual([]);
  });
});

describe.each([
  ["@upstash", `export { layer } from "ringcron/redis-zset";`],
  ["cron-schedule", `export { CronExpression } from "ringcron/core";`],
])("the package %s", (name, entry) => {
  const of = (files: ReadonlyArray<string>) => files.filter((it) => it.includes(`node_modules/${name}/`));

  it("stays out of a Worker, which does the same without it", async () => {
    expect(of((await bundle({ from: consumer.folder, entry })).files)).toEqual([]);
  });

  it("is what other bundles bring", async () => {
    expect(of((await withEsbuild(entry)).files)).not.toEqual([]);
  });
});

const tickerOf = (door: string, driver: string) =>
  `import { createTicker, scheduled } from "ringcron/${door}";
  import * as RedisZset from "ringcron/redis-zset";
  export default {
    scheduled: scheduled(({ url, token }) => createTicker({ service: "worker", driver: RedisZset.${driver}({ url, token }) })),
  };`;

const ticker = tickerOf("ticks", "ticks");

/** What is weighed, and what it may weigh: kilobytes of 1,000 bytes, after gzip. */
const budgets = [
  {
    what: "next fire: NextFire",
    entry: `export { NextFire } from "ringcron/core";`,
    limit: 3.5,
  },
  {
    // A namespace that is taken apart would be kept whole.
    what: "pure core: parse, next, previous, between",
    entry: `import { CronExpression, NextFire } from "ringcron/core";
      export const parse = CronExpression.parseUnsafe;
      export const next = NextFire.next;
      export const previous = NextFire.previous;
      export const between = NextFire.between;`,
    limit: 6.2,
  },
  // Schedules in the store are 8 of what an engine is: their texts, what a put decides, and what reads them, which a driver alone
  // had no need of before: there it is 16 with expressions and their arithmetic.
  // The rest of the engine is 9 of it, what an emptied store forgot 1.5, maps and agendas whose versions share their parts 1,
  // the digests of zone data 0.8, looking at who is there and forgetting a job 0.7, what a month costs 1.5.
  // What a node takes on of schedules in the store is 2.7; that they are paused with all jobs, and keep their last runs, 0.7.
  // What is declared in pieces is 1.9. Looking at schedules and jobs in one request, and whether what these are is told, is 0.8.
  // That all jobs are looked at while the next ones are listed is 0.8. Who did what, in the history, is 0.4.
  // That jobs share what is equal of them, and notes of one instant stand in lists, is 0.8.
  { what: "all of ringcron/core", entry: `export * from "ringcron/core";`, limit: 70.4 },
  {
    what: "a Worker: redis-zset alone",
    // One operation, a look, and what any driver is: Effect is 17 of it, Redis and HTTP 10, reading what is declared in pieces 0.5.
    // What the script of an exchange keeps of handlers is 0.4, here and in all that follow. Reading who did what is 0.2.
    entry: `import * as Effect from "effect/Effect";
      import { Driver } from "ringcron";
      import * as RedisZset from "ringcron/redis-zset";
      const peek = Driver.peek({ _tag: "Peek", service: "s", jobs: [], history: true });
      export default {
        fetch: (_, { url, token }) => Effect.runPromise(Effect.provide(peek, RedisZset.layer({ url, token }))),
      };`,
    limit: 38.8,
  },
  {
    // The runtime of Effect is 22 of it, the core that a node needs 30, hints 2.5, half of which is the channel of clients.
    // What jobs are and why they stand as they do, schedules in words among it, is 4.8. Schedules in the store, which it takes on for
    // its handlers as they come due, are 4; why one of them stands as it does, and that it is started once for each trigger, 1.2. That
    // these are paused with all jobs, named in events and keep their last runs is 0.7, codecs of payloads 1.1, what is declared in pieces 1.4.
    // That a look asks whether what jobs are is told is 0.3, who did what 0.8; what jobs share of what is equal, and lists of notes, 0.9.
    what: "a Worker: redis-zset and a whole node",
    entry: `import { createCron } from "ringcron/promise";
      import * as RedisZset from "ringcron/redis-zset";
      export default {
        fetch: (_, { url, token }) => createCron({ service: "worker", driver: RedisZset.layer({ url, token }) }),
      };`,
    // How all jobs stand, told apart from what they are, is 1.6 with the look at them.
    limit: 128.8,
  },
  {
    // Of the engine it needs what a node needs, of a node nothing; the parser of schedules is for backfills and for what jobs
    // are: that, with ownership and words, is 6.3; why a schedule in the store stands as it does 1.2. Codecs
    // of payloads are 1.1.
    what: "a Worker: redis-zset and a client",
    entry: `import { createClient } from "ringcron/promise";
      import * as RedisZset from "ringcron/redis-zset";
      export default {
        fetch: (_, { url, token }) => createClient({ service: "worker", driver: RedisZset.layer({ url, token }) }),
      };`,
    // How all jobs stand, told apart from what they are, is 1.4 with the look at them; who did what is 0.8.
    limit: 79.7,
  },
  {
    // The next test has its parts. Of Effect it has values alone: results, redacted texts, its error, and what these show and compare.
    // Codecs of payloads are 0.7, looking whether its runs are cancelled 0.5.
    // Telling what its jobs are is 1.9: their schedules, written again, and the texts of the rows.
    what: "a Worker: redis-zset and a ticker",
    entry: ticker,
    limit: 51.7,
  },
  {
    // What runs effects and layers is 9 of it, clients over TCP and hints are 3, membership 2.
    what: "a Worker: redis-zset with all operations and a ticker",
    entry: tickerOf("edge", "layer"),
    limit: 65.0,
  },
  {
    // Schedules, to read them and to tell when they run, are 14 of it, results of Effect 6, which the client has both as well,
    // style and script 6; the pages of schedules in the store are 5, what comes before a fleet is read 0.5.
    what: "the dashboard, without a client",
    entry: `export { dashboard } from "ringcron/dashboard";`,
    limit: 43.4,
  },
];

it("budgets", async () => {
  const weighed = await Promise.all(
    budgets.map(async (it) => ({ ...it, ...await bundle({ ...it, from: consumer.folder }) })),
  );
  const kilo = (bytes: number) => (bytes / 1_000).toFixed(1);
  const rows = weighed.map(({ bytes, gzip, limit, what }) => [what, kilo(bytes), kilo(gzip), `${limit}`]);
  console.log(table([["bundle, minified", "kB", "gzip kB", "limit"], ...rows]));
  for (const { gzip, limit, what } of weighed) expect(gzip / 1_000, what).toBeLessThan(limit);
}, 60_000);

/** Where the bytes of a ticker come from; the first that fits counts. */
const parts: ReadonlyArray<readonly [what: string, files: RegExp]> = [
  ["Effect", /node_modules\/effect\//],
  ["scripts in Lua", /adapters\/redis\/scripts\//],
  ["Redis over HTTP", /\/adapters\//],
  ["records and their texts", /core\/ledger\//],
  ["the engine", /core\/engine\//],
  ["expressions, zones, fires", /core\/schedule\//],
  ["ticks and policies", /core\//],
  ["handlers, options, driver", /ringcron\//],
  ["the entry", /<stdin>/],
];

it("parts of a ticker", async () => {
  const { bytes, files, gzip, weights } = await withEsbuild(ticker, ["workerd", "worker", "browser"]);
  const sums = new Map<string, number>(parts.map(([what]) => [what, 0]));
  for (const [path, weight] of weights) {
    const what = parts.find(([, it]) => it.test(path))?.[0];
    expect(what, path).toBeDefined();
    sums.set(what ?? "", (sums.get(what ?? "") ?? 0) + weight);
  }
  const kilo = (weight: number) => (weight / 1_000).toFixed(1);
  const rows = [...sums].map(([what, weight]) => [what, kilo(weight), kilo(weight * gzip / bytes)]);
  console.log(table([
    ["part of a ticker, esbuild", "kB", "share of gzip kB"],
    ...rows,
    ["all", kilo(bytes), kilo(gzip)],
  ]));
  // Clients over TCP, hints, what people ask, members, schedules in the store, the machine of a node and fibers of handlers are for those who use them.
  const others =
    /redis\/(tcp|listen|beat|store)\.js|scripts\/(beat|byKey|rest|set)\.js|cron-schedule|engine\/(beats|commands|draining|pausing|removal|schedules\/(put|replace|control|look))\.js|node\/Machine\.js|schedule\/describe\.js|shell\/(commands|Insight|Schedules|Hints|effectHandler)\.js/;
  expect(files.filter((it) => others.test(it))).toEqual([]);
  // Of Effect values alone: nothing runs effects, provides services or builds layers.
  const effects = files.flatMap((it) => /node_modules\/effect\/dist\/(.*)\.js$/.exec(it)?.[1] ?? []);
  expect(effects).toContain("Result");
  expect(
    effects.filter((it) => /^(Effect|Layer|Scope|Context|Fiber|Scheduler|ManagedRuntime|internal\/effect)$/.test(it)),
  )
    .toEqual([]);
});
