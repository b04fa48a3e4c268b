/**
 * Names that nobody knows, that nobody declares any more, and that are not known to the store yet: what each command answers, to a
 * client and to a node.
 */
import { randomUUID } from "node:crypto";
import * as Memory from "ringcron/memory";
import { type Commands, createClient, createCron, type JobOptions } from "ringcron/promise";
import { afterAll, describe, expect, it } from "vitest";
import { waitFor } from "../support/wait.ts";

const ends: Array<() => Promise<void>> = [];
afterAll(async () => {
  for (const end of ends) await end();
});

type Asking = Commands & { readonly forget: (name: string) => Promise<void> };

const span = { afterMs: 0, upToMs: 3_600_000, schedule: "*/15 * * * *" };

/** Each command that names a job, and what it answers of one that the store knows and nobody declares. */
const commands: ReadonlyArray<readonly [string, (by: Asking, name: string) => Promise<unknown>, undeclared: unknown]> =
  [
    ["pause", (by, name) => by.pause(name), false],
    ["resume", (by, name) => by.resume(name), false],
    ["trigger", (by, name) => by.trigger(name), undefined],
    ["backfill", (by, name) => by.backfill(name, span), undefined],
    // There is nothing to run, and nothing is asked for: what they answer is how much there was.
    ["cancel", (by, name) => by.cancel(name), 0],
    ["cancelQueued", (by, name) => by.cancelQueued(name), 0],
    ["rewind", (by, name) => by.rewind(name), undefined],
    ["remove", (by, name) => by.forget(name), undefined],
  ];

/** A node with a job, one that it has left behind in the store, and a client. */
const scene = async (): Promise<Readonly<Record<"a client" | "a node", Asking>>> => {
  const driver = Memory.layer();
  const service = randomUUID();
  const node = await createCron({ service, driver, nodeName: "n", logLevel: "none" });
  for (const name of ["invoices", "left"]) await node.add(name, "0 0 29 2 *", () => {});
  await node.start();
  await waitFor(() => node.jobs().every(({ decidedUpTo }) => decidedUpTo !== undefined), 5_000, "the jobs");
  await node.remove("left");
  await node.pool.refresh();
  const client = await createClient({ service, driver });
  ends.push(client.close, () => node.stop({ drainMs: 0 }));
  return { "a node": node, "a client": { ...client, forget: client.remove } };
};

describe.each(["a client", "a node"] as const)("%s that gives a command", (who) => {
  it.each(commands)("is told by %s which of them a name is", async (_, give, undeclared) => {
    const by = (await scene())[who];
    const error = (name: string) => give(by, name).then(() => undefined, (reason: unknown) => reason);
    expect(await error("invoces")).toMatchObject({ _tag: "UnknownJob", nearest: ["invoices"], isDeclared: false });
    expect(await error("zzz")).toMatchObject({ _tag: "UnknownJob", nearest: [], isDeclared: false });
    expect(await error("a b")).toMatchObject({ _tag: "InvalidInput", field: "job" });
    expect(await give(by, "left")).toEqual(undeclared);
  });
});

describe("a policy that is changed", () => {
  it("registers nothing anew, and drops no fire", async () => {
    const driver = Memory.layer();
    const service = randomUUID();
    const runs: Array<number> = [];
    const told: Array<unknown> = [];
    const deploy = async (nodeName: string, options: JobOptions) => {
      const node = await createCron({ service, driver, nodeName, logLevel: "none" });
      node.on((event) => event._tag === "FireSkipped" || event._tag === "JobOutdated" ? told.push(event) : undefined);
      await node.add("job", "* * * * * *", (run) => void runs.push(run.dueAt), { overlap: "allow", ...options });
      await node.start();
      return node;
    };
    const before = await deploy("before", { timeoutMs: 5_000 });
    await waitFor(() => runs.length >= 2, 10_000, "runs under the old policy");
    const after = await deploy("after", { timeoutMs: 9_000, retry: { times: 2 }, catchUp: { mode: "all" } });
    await before.stop({ drainMs: 1_000 });
    const count = runs.length;
    await waitFor(() => runs.length >= count + 2, 10_000, "runs under the new one");
    await after.stop({ drainMs: 1_000 });
    const gaps = runs.slice(1).map((dueAt, index) => dueAt - (runs[index] ?? 0));
    expect(gaps).toEqual(gaps.map(() => 1_000));
    expect(told).toEqual([]);
  });
});
