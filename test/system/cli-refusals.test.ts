/**
 * The command line over a store that refuses it, or that is none: a sentence, an exit code, and no secret.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import { calling, said } from "../support/cli-calling.ts";
import { type RedisServer, startRedis } from "../support/redis.ts";
import { startUpstash, type UpstashEndpoint } from "../support/upstash.ts";

const secret = "a-password/that+must-not-be-seen";
let redis: RedisServer;
let endpoint: UpstashEndpoint;

beforeAll(async () => {
  redis = await startRedis();
  await redis.command("ACL", "SETUSER", "ops", "on", `>${secret}`, "~*", "&*", "+@all");
  await redis.command(
    "ACL",
    "SETUSER",
    "small",
    "on",
    `>${secret}`,
    "~ringcron:*",
    "&ringcron:*",
    "+eval",
    "+evalsha",
    "+time",
  );
  endpoint = await startUpstash({ redisPort: redis.port });
});
afterAll(async () => {
  await endpoint?.stop();
  await redis?.stop();
});

const seen = new Set<string>();
const ending = async (env: Readonly<Record<string, string>>, ...args: ReadonlyArray<string>) => {
  const { code, err, out } = await calling({ RINGCRON_SERVICE: "cli", ...env }, seen)(args);
  expect(err).toMatch(/^ringcron: .+\n$/);
  return { code, err, out };
};
const at = (port: number) => ({ RINGCRON_URL: `redis://127.0.0.1:${port}`, RINGCRON_TOKEN: secret });

it("is told in a sentence and an exit code", async () => {
  for (const url of ["redis://127.0.0.1:1", "http://127.0.0.1:1", "etcd://127.0.0.1:1"]) {
    expect((await ending({ RINGCRON_URL: url, RINGCRON_TOKEN: url.startsWith("etcd") ? "" : secret }, "status")).code)
      .toBe(3);
  }
  const wrong = { RINGCRON_URL: `redis://ops@127.0.0.1:${redis.port}`, RINGCRON_TOKEN: `${secret}!` };
  expect((await ending(wrong, "status")).code).toBe(4);
  expect((await ending({ RINGCRON_URL: endpoint.url, RINGCRON_TOKEN: `${secret}!` }, "members")).code).toBe(4);
  expect((await ending({ RINGCRON_URL: endpoint.url }, "members")).err).toContain("--token-stdin");
  expect((await ending({ RINGCRON_URL: "localhost:6379" }, "status")).code).toBe(2);
  expect((await ending({}, "status")).err).toContain("RINGCRON_URL");
  expect((await ending({ REDIS_URL: "redis://a", ETCD_ENDPOINTS: "http://b" }, "status")).err).toContain(
    "are both set",
  );
  expect((await ending({ ...at(redis.port), RINGCRON_SERVICE: "" }, "status")).err).toContain("which service?");
});

it("that does not permit what is needed is told with what would do", async () => {
  const env = { RINGCRON_URL: `redis://small@127.0.0.1:${redis.port}`, RINGCRON_TOKEN: secret };
  const { code, err } = await ending(env, "pause", "daily");
  expect(code).toBe(4);
  expect(err).toMatch(/may not run [A-Z]+; the ACL rule that is enough: ~ringcron:\*/);
  const examined = await calling({ RINGCRON_SERVICE: "cli", ...env })(["doctor"]);
  expect(examined.code).toBe(4);
});

it("takes its token from standard input", async () => {
  const call = calling({ RINGCRON_SERVICE: "cli", RINGCRON_URL: endpoint.url });
  const { code, out } = await call(["members", "--token-stdin", "--json"], { input: `${endpoint.token}\n` });
  expect([code, JSON.parse(out)]).toEqual([0, []]);
  const checked = await call(["status", "--check", "--token-stdin"], { input: endpoint.token });
  expect([checked.code, checked.out]).toEqual([7, expect.stringContaining("no member and no job")]);
});

it("no secret was said by anybody", () => {
  const text = said.join("");
  expect(text.length).toBeGreaterThan(1_000);
  for (const it of [secret, encodeURIComponent(secret), endpoint.token]) expect(text).not.toContain(it);
});
