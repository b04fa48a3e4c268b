/**
 * `docs/getting-started.md`, as somebody goes through it who has never seen it: every file is written and every command run, in the
 * order of the page, in an empty folder. The package is the one that would be published.
 */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeConsumer } from "../support/consumer.ts";
import { type Guarded, spawnGuarded } from "../support/guarded.ts";
import { blocksOf, fileOf } from "../support/markdown.ts";
import { projectRoot } from "../support/project.ts";
import { type RedisServer, startRedis } from "../support/redis.ts";
import { waitFor } from "../support/wait.ts";

const page = "docs/getting-started.md";
const blocks = blocksOf(readFileSync(join(projectRoot, page), "utf8"), page);

let redis: RedisServer;
let home: string;
let tarball: string;
let dispose = () => {};
const running = new Map<string, { readonly child: Guarded; readonly printed: () => string }>();

beforeAll(async () => {
  redis = await startRedis();
  home = mkdtempSync(join(tmpdir(), "ringcron-newcomer-"));
  const consumer = await makeConsumer();
  tarball = consumer.tarball;
  dispose = () => consumer[Symbol.dispose]();
}, 240_000);
afterAll(async () => {
  await Promise.all([...running.values()].map((it) => it.child.end()));
  await redis?.stop();
  dispose();
  if (home !== undefined) rmSync(home, { recursive: true, force: true });
});

const env = () => ({ REDIS_URL: redis.url, NO_COLOR: "1", npm_config_prefer_offline: "true" });

/** What a command of the page prints; one that goes on stays until the end. */
const run = async (command: string, cwd: string): Promise<string> => {
  const name = /^node main\.js (\w+)$/.exec(command)?.[1];
  if (name !== undefined) {
    const child = await spawnGuarded({ command: [process.execPath, "main.js", name], cwd, env: env() });
    let printed = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (chunk: string) => printed += chunk);
    }
    running.set(name, { child, printed: () => printed });
    await waitFor(() => printed.includes("has joined"), 20_000, () => `${name} to join; it printed ${printed}`);
    return printed;
  }
  const real = command.replace(/^(npm install) ringcron /, `$1 ${tarball} `);
  const options = { cwd, env: { ...process.env, ...env() }, timeout: 120_000 };
  return await promisify(execFile)("/bin/sh", ["-c", real], options).then(
    ({ stderr, stdout }) => stdout + stderr,
    ({ stderr, stdout }: { stderr: string; stdout: string }) => {
      throw new Error(`${command}\n${stdout}${stderr}`);
    },
  );
};

const reports = () => [...running.values()].map((it) => it.printed()).join("").match(/\w+ reports, due/g) ?? [];

it("goes from an empty folder to a fleet", async () => {
  const said = new Map<string, string>();
  let folder = home;
  for (const block of blocks) {
    const file = fileOf(block);
    if (file !== undefined) writeFileSync(join(folder, file), `${block.code}\n`);
    if (block.language !== "sh") continue;
    for (const command of block.code.split("\n").filter(Boolean)) {
      const [verb, name = ""] = command.split(" ");
      if (verb === "mkdir") mkdirSync(join(folder, name));
      else if (verb === "cd") folder = join(folder, name);
      else said.set(command, await run(command, folder));
    }
  }
  expect(said.get("npx ringcron explain '0 9 * * MON-FRI' --tz Europe/Berlin")).toContain("Monday to Friday");
  expect(said.get("node --test")).toMatch(/^# fail 0$|^ℹ fail 0$/m);
  expect(said.get("node main.js bert")).toMatch(/^bert has joined; (anna|bert) reports next, .*Z$/m);
  expect(said.get("node ask.js")).toMatch(/^asked for shop\/report\/.*Z\nmembers: anna, bert\n$/);
  expect(said.get("npx ringcron status --service shop")).toMatch(/^members +2$/m);
  await waitFor(() => reports().length === 1, 10_000, "one report");

  const active = async () =>
    String(await redis.command("HGET", "ringcron:2:{shop}:rows", "j:report")).split("|")[9] ?? "?";
  await waitFor(async () => await active() === "", 10_000, "the end of the report");

  // As its last sentence says.
  running.get("anna")?.child.signal("SIGKILL");
  await running.get("anna")?.child.gone;
  await run("node ask.js", folder);
  await waitFor(() => reports().length === 2, 20_000, "a report of the other one");
  expect(running.get("bert")?.printed()).toContain("bert reports, due");
  running.get("bert")?.child.signal("SIGTERM");
  await running.get("bert")?.child.gone;
  expect(await running.get("bert")?.child.end()).toBe(0);
}, 300_000);
