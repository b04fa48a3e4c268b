import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findEtcd } from "../../support/etcd-binary.ts";
import { startEtcd } from "../../support/etcd.ts";
import { alive, waitFor } from "../../support/wait.ts";

const folders = () => readdirSync(tmpdir()).filter((it) => it.startsWith("ringcron-etcd-"));

describe("a private etcd", () => {
  it("answers, keeps what was written through a kill, and leaves neither process nor folder behind", async () => {
    const before = new Set(folders());
    const etcd = await startEtcd();
    const mine = folders().filter((it) => !before.has(it));
    const [member] = etcd.members;
    const pid = member?.pid as number;
    await etcd.put("ringcron/a", "one");
    await member?.kill();
    expect(alive(pid)).toBe(false);
    await expect(etcd.keys()).rejects.toThrow("no etcd runs");
    await member?.restart();
    await waitFor(() => etcd.keys().then(() => true, () => false), 5_000, "etcd to answer again");
    expect(await etcd.keys()).toEqual([["ringcron/a", "one"]]);
    await etcd.stop();
    expect(alive(member?.pid || pid)).toBe(false);
    expect(mine.length).toBeGreaterThan(0);
    const left = folders();
    // Other tests may start servers meanwhile; of these here one was ours.
    expect(mine.some((it) => !left.includes(it))).toBe(true);
    await etcd.stop();
  });
});

describe("finding the binary", () => {
  it("takes ETCD_SERVER, and says when it is wrong", async () => {
    const { file } = await findEtcd();
    expect(await findEtcd({ env: { ETCD_SERVER: file } })).toMatchObject({ file });
    await expect(findEtcd({ env: { ETCD_SERVER: "/nowhere/etcd" } })).rejects.toThrow("/nowhere/etcd");
  });

  it("says in one line what to install where there is no apt", async () => {
    const cache = mkdtempSync(join(tmpdir(), "ringcron-test-"));
    const error = await findEtcd({ env: { PATH: "" }, cache }).catch(String);
    expect(error).toMatch(/Install etcd/);
    expect(error).not.toContain("\n");
    rmSync(cache, { recursive: true });
  });
});
