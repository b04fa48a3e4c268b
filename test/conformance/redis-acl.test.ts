/**
 * Servers that restrict what a user may do: the documented rule is enough and nothing of it is too much, and whoever has
 * less is told what is missing.
 */
import * as Effect from "effect/Effect";
import { Redis as Ioredis } from "ioredis";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createClient } from "redis";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import * as Redis from "../../adapters/redis.ts";
import * as RedisZset from "../../adapters/redis-zset.ts";
import { Driver, type DriverError } from "../../src/Driver.ts";
import * as Laws from "../../src/testing/Laws.ts";
import { projectRoot } from "../support/project.ts";
import { type RedisServer, startRedis } from "../support/redis.ts";
import { startUpstash } from "../support/upstash.ts";

const user = { username: "fleet", password: "pass-CANARY" };

/** A way to the server as the user, and what ends it. */
interface Way {
  readonly options: Redis.RedisOptions | Redis.RedisClientOptions;
  readonly end: () => unknown;
}
const ways: ReadonlyArray<readonly [name: string, open: (port: number) => Promise<Way>]> = [
  ["HTTP", async (redisPort) => {
    const endpoint = await startUpstash({ redisPort, user });
    return { options: { url: endpoint.url, token: endpoint.token }, end: () => endpoint.stop() };
  }],
  ["ioredis", async (port) => {
    const client = new Ioredis({ port, host: "127.0.0.1", lazyConnect: true, enableReadyCheck: false, ...user });
    client.on("error", () => {});
    await client.connect();
    return { options: { client }, end: () => client.disconnect() };
  }],
  ["node-redis", async (port) => {
    const client = createClient({ socket: { port, host: "127.0.0.1" }, ...user });
    client.on("error", () => {});
    await client.connect();
    return { options: { client }, end: () => client.destroy() };
  }],
];

/** The way for what does not depend on it. */
const overOne = ways[1]?.[1] ?? expect.fail("no way");

const run = Effect.runPromise;

/** A law removes its service whatever happens, and does not look whether it could. What lists rows comes late among the laws. */
const removing = (driver: Driver) =>
  Effect.forEach(
    ["PauseAll", "Destroy"] as const,
    (_tag) => driver.control({ _tag: "Control", service: "acl-destroy", command: { _tag } }),
  );

/** The first failure of a driver in all that it does; undefined if there is none. */
const refusalOf = (driver: Driver): Promise<DriverError | undefined> => {
  const checks = [removing(driver), ...Laws.all.map((it) => it.check)];
  return run(
    Effect.forEach(checks, (it) => Effect.provideService(it, Driver, driver), { discard: true }).pipe(
      Effect.as(undefined),
      Effect.catchTag("DriverError", (error) => Effect.succeed(error)),
    ),
  );
};

describe.each([["redis", Redis], ["redis-zset", RedisZset]] as const)("%s", { timeout: 240_000 }, (_, module) => {
  let redis: RedisServer;
  const rule = module.aclRule();
  const allowed = rule.split(" ").filter((it) => it.startsWith("+")).map((it) => it.slice(1));
  const ofHints = ["publish", "subscribe"];
  const commands = allowed.filter((it) => !ofHints.includes(it));
  const allow = (...more: ReadonlyArray<string>) =>
    redis.command("ACL", "SETUSER", user.username, "reset", "on", `>${user.password}`, ...rule.split(" "), ...more);
  const firstRefusal = async (open: (port: number) => Promise<Way>, port: number) => {
    const { end, options } = await open(port);
    try {
      return await refusalOf(await run(module.make({ ...options, hints: true })));
    } finally {
      await end();
    }
  };

  /** What the channel is refused with; undefined if it opens. */
  const refusedChannel = async (open: (port: number) => Promise<Way>): Promise<DriverError | undefined> => {
    const { end, options } = await open(redis.port);
    try {
      const driver = await run(module.make({ ...options, hints: true }));
      const opening = Effect.callback<void, DriverError>((resume) => {
        const hearing = { opened: () => resume(Effect.void), heard: () => {} };
        const listening = driver.hints?.("acl", hearing) ?? Effect.never;
        const fiber = Effect.runFork(Effect.catch(listening, (error) => Effect.sync(() => resume(Effect.fail(error)))));
        return Effect.sync(() => fiber.interruptUnsafe());
      });
      return await run(Effect.match(opening, { onFailure: (error) => error, onSuccess: () => undefined }));
    } finally {
      await end();
    }
  };

  beforeAll(async () => {
    redis = await startRedis();
    await allow();
  });
  afterEach(() => redis.command("FLUSHALL"));
  afterAll(() => redis?.stop());

  it.each(ways)("all laws hold under the rule, and nothing else is called, over %s", async (_, open) => {
    await allow();
    await redis.command("SCRIPT", "FLUSH");
    await redis.command("CONFIG", "RESETSTAT");
    expect(await firstRefusal(open, redis.port)).toBe(undefined);
    expect(await refusedChannel(open)).toBe(undefined);
    const stats = String(await redis.command("INFO", "commandstats"));
    const called = [...stats.matchAll(/cmdstat_([^:]+):calls/g)].map((it) => it[1]);
    const ofClients = /^(acl|auth|hello|client|config|info|script|flushall|select)/;
    expect(called.filter((it) => !ofClients.test(it ?? "")).sort()).toEqual([...allowed].sort());
  });

  it.each([
    ["SUBSCRIBE", "-subscribe", "the user may not run SUBSCRIBE"],
    ["its channels", "resetchannels", "the user may not listen at the channel of the service"],
    ["channels but those of others", "resetchannels &other:*", "the user may not listen at the channel of the service"],
  ])("without %s all laws hold, and whoever listens is told what is missing", async (_, without, what) => {
    await allow(...without.split(" "));
    expect(await firstRefusal(overOne, redis.port)).toBe(undefined);
    for (const [name, open] of ways) {
      const error = await refusedChannel(open);
      const detail = `${what}; the ACL rule that is enough: ${rule}`;
      expect([error?.reason, error?.detail], name).toEqual(["Unauthorized", detail]);
    }
  });

  it("without PUBLISH all laws hold", async () => {
    await allow("-publish");
    expect(await firstRefusal(overOne, redis.port)).toBe(undefined);
  });

  it.each(commands)("without %s some law fails, and the error names it", async (command) => {
    await allow(`-${command}`);
    for (const [name, open] of ways) {
      await redis.command("SCRIPT", "FLUSH");
      const error = await firstRefusal(open, redis.port);
      const detail = `the user may not run ${command.toUpperCase()}; the ACL rule that is enough: ${rule}`;
      expect([error?.reason, error?.detail], name).toEqual(["Unauthorized", detail]);
    }
  });

  it.each([["others' keys", "~other:*"], ["its keys to read", "%R~ringcron:*"]])(
    "with %s only: told so",
    async (_, key) => {
      await allow("resetkeys", key);
      for (const [name, open] of ways) {
        const error = await firstRefusal(open, redis.port);
        const detail = `the user may not read and write the keys of the service; the ACL rule that is enough: ${rule}`;
        expect([error?.reason, error?.detail], name).toEqual(["Unauthorized", detail]);
      }
    },
  );

  it.each(["eval", "evalsha", "time", "zadd"])("on a server that has renamed %s: told so", async (command) => {
    const renaming = await startRedis({ args: ["--rename-command", command, "elsewhere"] });
    try {
      await renaming.command("ACL", "SETUSER", user.username, "on", `>${user.password}`, "~*", "+@all");
      for (const [name, open] of ways) {
        const error = await firstRefusal(open, renaming.port);
        expect([error?.reason, error?.detail], name).toEqual([
          "Misconfigured",
          `the server does not run ${command.toUpperCase()}: renamed, switched off or not known to it; needed are ${
            commands.join(" ").toUpperCase()
          }`,
        ]);
      }
    } finally {
      await renaming.stop();
    }
  });
});

it("the page of stores shows the rule", () => {
  const page = readFileSync(join(projectRoot, "docs/choosing-a-store.md"), "utf8");
  expect(page.split("\n")).toContain(`ACL SETUSER fleet on >password ${Redis.aclRule()}`);
});

/** What other servers, versions and gateways say. */
it.each<[text: string, reason: DriverError["reason"], detail: string]>([
  [
    "NOPERM this user has no permissions to run the 'evalsha' command or its subcommand",
    "Unauthorized",
    "run EVALSHA;",
  ],
  ["NOPERM User CANARY has no permissions to run the 'eval' command", "Unauthorized", "run EVAL;"],
  ["ERR ACL failure in script: User CANARY has no permissions to run the 'hset' command", "Unauthorized", "run HSET;"],
  ["ERR ACL failure in script: User a has no permissions to access the 'CANARY' key", "Unauthorized", "the keys"],
  ["NOPERM No permissions to access a key", "Unauthorized", "the keys"],
  ["NOPERM User CANARY has no permissions to access the 'CANARY' key", "Unauthorized", "the keys"],
  ["NOPERM User CANARY has no permissions to access database 1", "Unauthorized", "a command that the scripts need"],
  ["NOPERM CANARY", "Unauthorized", "a command that the scripts need"],
  ["NOAUTH Authentication required. CANARY", "Unauthorized", "credentials"],
  ["ERR max number of clients reached", "Unavailable", "hints: false saves a connection per node"],
  [
    "ERR Error running script (call to f_0): @user_script:2: @user_script: 2: The user executing the script can't run " +
    "this command or subcommand",
    "Unauthorized",
    "a command that the scripts need",
  ],
  [
    "ERR Error running script (call to f_0): @user_script:9999: @user_script: 9999: Unknown Redis command called from " +
    "Lua script",
    "Misconfigured",
    "a command that the scripts need",
  ],
  ["ERR unknown command `EVAL`, with args beginning with: `CANARY`, `NOPERM`", "Misconfigured", "EVAL:"],
  ["ERR unknown command 'CANARY'", "Misconfigured", "a command that the scripts need"],
  ["ERR unsupported command 'evalsha'", "Misconfigured", "EVALSHA:"],
  ["ERR Command is not available: 'EVAL'. See CANARY", "Misconfigured", "EVAL:"],
  ["ERR This Redis command is not allowed from script", "Misconfigured", "a command that the scripts need"],
  ["OOM command not allowed when used memory > 'maxmemory'.", "Unavailable", "OOM"],
])("%s", async (text, reason, detail) => {
  const refuse = () => Promise.reject(new Error(text));
  const overHttp = (status: number): typeof fetch => () =>
    Promise.resolve(new Response(JSON.stringify({ error: text }), { status }));
  const http = (status: number) => ({ url: "https://a.example", token: "t", fetch: overHttp(status) });
  const clients = [{ client: { isReady: true, eval: refuse, evalSha: refuse } }, http(400), http(403)];
  for (const options of reason === "Unavailable" ? clients.slice(0, 2) : clients) {
    const driver = await run(Redis.make(options));
    const look = driver.peek({ _tag: "Peek", service: "s", jobs: [], history: false });
    const error = await run(Effect.flip(look));
    expect(error.reason).toBe(reason);
    expect(error.detail).toContain(detail);
    expect(error.detail).not.toContain("CANARY");
  }
});
