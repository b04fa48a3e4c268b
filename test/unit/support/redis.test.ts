import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { spawnGuarded } from "../../support/guarded.ts";
import { freePort } from "../../support/ports.ts";
import { findRedis } from "../../support/redis-binary.ts";
import { startRedis } from "../../support/redis.ts";
import { connectResp, RespError } from "../../support/resp.ts";
import { alive, waitFor } from "../../support/wait.ts";

describe("a private Redis", () => {
  it("answers, and leaves neither process nor folder behind", async () => {
    const redis = await startRedis();
    expect(await redis.command("SET", "key", "värde")).toBe("OK");
    expect(await redis.command("GET", "key")).toBe("värde");
    expect(alive(redis.pid)).toBe(true);
    await redis.stop();
    expect(alive(redis.pid)).toBe(false);
    expect(existsSync(redis.dir)).toBe(false);
    await redis.stop();
  });

  it("keeps what was written under `always` through a SIGKILL, and nothing under `none`", async () => {
    for (const [persistence, kept] of [["always", "1"], ["none", null]] as const) {
      await using redis = await startRedis({ persistence });
      await redis.command("SET", "key", 1);
      await redis.kill("SIGKILL");
      await expect(redis.command("GET", "key")).rejects.toThrow();
      await redis.restart();
      expect(await redis.command("GET", "key")).toBe(kept);
    }
  });

  it("keeps a folder that the caller named", async () => {
    const dir = mkdtempSync(join(tmpdir(), "ringcron-test-"));
    const redis = await startRedis({ dir, persistence: "everysec" });
    await redis.command("SET", "key", 1);
    await redis.stop();
    expect(readdirSync(dir)).not.toEqual([]);
    rmSync(dir, { recursive: true });
  });

  it("answers again after SIGSTOP and SIGCONT", async () => {
    await using redis = await startRedis();
    await redis.kill("SIGSTOP");
    const reply = redis.command("PING");
    await redis.kill("SIGCONT");
    expect(await reply).toBe("PONG");
  });

  it("says that a port is taken", async () => {
    await using redis = await startRedis();
    await expect(startRedis({ port: redis.port })).rejects.toThrow(`port ${redis.port} is taken`);
  });
});

describe("the guard", () => {
  it("ends its child and removes the folder when the parent is killed", async () => {
    const folder = mkdtempSync(join(tmpdir(), "ringcron-test-"));
    const { pid } = await parentThatStarts(folder);
    await waitFor(() => !alive(pid), 5_000, "the child of a killed parent to be gone");
    await waitFor(() => !existsSync(folder), 5_000, "its folder to be gone");
  });

  it("notices a child that ends by itself, and reports how", async () => {
    const child = await spawnGuarded({ command: ["/bin/sh", "-c", "echo $WORD; exit 3"], env: { WORD: "done" } });
    const [word] = await once(child.stdout.setEncoding("utf8"), "data");
    child.stderr.resume();
    await child.gone;
    expect([word, await child.end()]).toEqual(["done\n", 3]);
  });
});

/** Plain JavaScript, for Node 20 does not read the sources: the parent opens the pipe as `spawnGuarded` does. */
async function parentThatStarts(folder: string): Promise<{ pid: number }> {
  const guarded = await import("node:fs").then((fs) =>
    fs.readFileSync(new URL("../../support/guarded.ts", import.meta.url), "utf8")
  );
  const script = /const guard = `([^`]+)`/.exec(guarded)?.[1] as string;
  const program = `
    const { spawn } = require("node:child_process");
    const shell = spawn("/bin/sh", ["-c", process.argv[1], "guard", process.argv[2], "sleep", "60"],
      { stdio: ["pipe", "pipe", "ignore", "pipe", "pipe"], detached: true });
    shell.stdout.pipe(process.stdout);`;
  const parent = spawn("node", ["-e", program, script, folder], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(parent.stdout, "data");
  const pid = Number(String(line));
  expect(alive(pid)).toBe(true);
  parent.kill("SIGKILL");
  return { pid };
}

describe("finding the binary", () => {
  it("takes REDIS_SERVER, and says when it is wrong", async () => {
    const { file } = await findRedis();
    expect(await findRedis({ env: { REDIS_SERVER: file } })).toMatchObject({ file });
    await expect(findRedis({ env: { REDIS_SERVER: "/nowhere/redis-server" } })).rejects.toThrow(
      "/nowhere/redis-server",
    );
  });

  it("says in one line what to install where there is no apt", async () => {
    const cache = mkdtempSync(join(tmpdir(), "ringcron-test-"));
    const error = await findRedis({ env: { PATH: "" }, cache }).catch(String);
    expect(error).toMatch(/Install Redis/);
    expect(error).not.toContain("\n");
    expect(readdirSync(cache)).toEqual([]);
    rmSync(cache, { recursive: true });
  });
});

describe("RESP", () => {
  it("carries bytes, large integers, nested replies, nulls and errors", async () => {
    await using redis = await startRedis();
    const connection = await connectResp(redis.port);
    const bytes = Uint8Array.from({ length: 100_000 }, (_, index) => index % 256);
    await connection.send(["SET", "bytes", bytes]);
    expect(Uint8Array.from(await connection.send(["GET", "bytes"]) as Uint8Array)).toEqual(bytes);
    await connection.send(["SET", "big", "9007199254740993"]);
    expect(await connection.send(["INCR", "big"])).toBe(9007199254740994n);
    expect(await connection.send(["GET", "absent"])).toBeNull();
    expect(await connection.send(["EVAL", "return {1, {2, false}}", 0])).toEqual([1, [2, null]]);
    expect(await connection.send(["NOSUCH"])).toBeInstanceOf(RespError);
    const replies = await connection.sendAll(Array.from({ length: 1_000 }, () => ["INCR", "counter"]));
    expect(replies.at(-1)).toBe(1_000);
    connection.close();
    await expect(connection.send(["PING"])).rejects.toThrow("closed");
  });

  it("rejects what waits when the server dies, and when nobody listens", async () => {
    const redis = await startRedis();
    const connection = await connectResp(redis.port);
    await redis.kill("SIGSTOP");
    const waiting = expect(connection.send(["PING"])).rejects.toThrow();
    await redis.kill("SIGKILL");
    await waiting;
    await redis.stop();
    await expect(connectResp(await freePort())).rejects.toThrow();
  });
});
