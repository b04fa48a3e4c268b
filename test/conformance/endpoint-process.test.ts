import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { expect, it } from "vitest";
import { projectRoot } from "../support/project.ts";
import { connectResp } from "../support/resp.ts";
import { waitFor } from "../support/wait.ts";

it("serves as a process of its own, takes faults from its input, and ends with it", async () => {
  const program = join(projectRoot, ".build", "test", "support", "upstash-main.js");
  const child = spawn(process.execPath, [program], { stdio: ["pipe", "pipe", "inherit"] });
  const exited = once(child, "exit");
  const [line] = await Promise.race([
    once(createInterface({ input: child.stdout }), "line"),
    exited.then(([code]) => Promise.reject(new Error(`it ended with ${code} before it was ready`))),
  ]);
  const { url, token, redisPort } = JSON.parse(line);
  const ping = () => fetch(url, { method: "POST", headers: { Authorization: `Bearer ${token}` }, body: '["PING"]' });
  expect(await (await ping()).json()).toEqual({ result: "PONG" });

  child.stdin.write(`{"status":{"code":502,"chance":1}}\n`);
  await waitFor(async () => (await ping()).status === 502, 5_000, "the fault to be in force");
  child.stdin.write("{}\n");
  await waitFor(async () => (await ping()).ok, 5_000, "the fault to be gone");

  child.stdin.end();
  expect(await exited).toEqual([0, null]);
  await expect(connectResp(redisPort)).rejects.toThrow();
});
