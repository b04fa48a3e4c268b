import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setImmediate } from "node:timers/promises";
import { expect, it } from "vitest";
import { withLock } from "../../support/lock.ts";

it("lets one work at a time, takes over from the dead, and leaves nothing", async () => {
  const folder = mkdtempSync(join(tmpdir(), "ringcron-test-"));
  const file = join(folder, "lock");
  const { pid } = spawnSync(process.execPath, ["-e", ""]);
  writeFileSync(file, String(pid));

  let working = 0;
  let most = 0;
  await Promise.all([1, 2, 3, 4].map(() =>
    withLock(file, 10_000, async () => {
      most = Math.max(most, ++working);
      await setImmediate();
      working--;
    })
  ));
  expect(most).toBe(1);

  await withLock(file, 1_000, async () => {
    await expect(withLock(file, 100, async () => {})).rejects.toThrow(`held by process ${process.pid}`);
  });
  await expect(withLock(file, 100, () => Promise.reject(new Error("mine")))).rejects.toThrow("mine");
  expect(readdirSync(folder)).toEqual([]);
  rmSync(folder, { recursive: true });
});
