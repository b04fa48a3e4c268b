import { execFile } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { projectRoot } from "../support/project.ts";
import { findRuntime, runtimeNames } from "../support/runtimes.ts";

interface Digest {
  readonly answers: number;
  readonly digest: number;
  readonly host: number;
}

const run = async (TZ: string, command: string, ...args: ReadonlyArray<string>): Promise<Digest> => {
  const { stdout } = await promisify(execFile)(command, [...args], {
    cwd: projectRoot,
    env: { ...process.env, TZ, DENO_NO_UPDATE_CHECK: "1" },
  });
  return JSON.parse(stdout) as Digest;
};

const program = join(projectRoot, ".build", "test", "support", "time-digest.js");
const node = (TZ: string): Promise<Digest> => run(TZ, process.execPath, program);

let utc: Digest;
beforeAll(async () => {
  utc = await node("UTC");
}, 60_000);

describe.concurrent("next-fire times", () => {
  it("do not depend on the host's zone", async () => {
    const others = [await node("America/New_York"), await node("Asia/Kolkata")];
    expect(utc.answers).toBeGreaterThan(50_000);
    expect([utc, ...others].map((it) => it.host)).toEqual([0, 240, -330]);
    for (const other of others) expect(other.digest).toBe(utc.digest);
  }, 60_000);

  it.each(runtimeNames)("are the same in %s", async (name) => {
    const { command } = await findRuntime(name);
    const [file = "", ...args] = command({});
    expect((await run("America/New_York", file, ...args, program)).digest).toBe(utc.digest);
  }, 240_000);
});
