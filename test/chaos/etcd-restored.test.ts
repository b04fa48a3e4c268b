import { describe, expect, it } from "vitest";
import * as Etcd from "../../adapters/etcd.ts";
import { createCron, type JobRun } from "../../src/shell/promise.ts";
import type { Event } from "../../src/core/words/Event.ts";
import { type EtcdCluster, startEtcd } from "../support/etcd.ts";
import { waitFor } from "../support/wait.ts";

const jobs = ["j1", "j2", "j3", "j4"];

interface Start {
  readonly job: string;
  readonly dueAt: number;
  readonly fence: number;
  readonly node: string;
}

/** What happens to a store while a fleet works with it. `restore` puts back what was there some seconds before. */
const fates: ReadonlyArray<
  readonly [what: string, happen: (etcd: EtcdCluster, restore: () => Promise<void>) => Promise<void>]
> = [
  ["emptied", (etcd) => etcd.empty()],
  ["emptied, as another cluster", (etcd) => etcd.empty(true)],
  ["restored from a copy", (_, restore) => restore()],
];

describe("an etcd that is another store than before, under a running fleet", () => {
  it.each(fates)("%s: fires go on within seconds, and none twice", async (_, happen) => {
    await using etcd = await startEtcd();
    const starts: Array<Start> = [];
    const events: Array<Event & { readonly by: string }> = [];
    const nodes = await Promise.all(["a", "b", "c"].map(async (nodeName) => {
      const node = await createCron({
        service: "restored",
        nodeName,
        driver: Etcd.layer({ endpoints: etcd.urls, timeoutMs: 2_000 }),
        leaseMs: 4_000,
        graceMs: 500,
        requestTimeoutMs: 2_000,
        logLevel: "none",
      });
      node.on((event) => events.push({ ...event, by: nodeName }));
      for (const job of jobs) {
        await node.add(job, "* * * * * *", ({ dueAt, fence }: JobRun) => {
          starts.push({ job, dueAt, fence, node: nodeName });
        }, { catchUp: { mode: "all" } });
      }
      return node;
    }));
    try {
      await Promise.all(nodes.map((node) => node.start()));
      /** Each job had so many fires that were due after the instant, and each node had one of some job. */
      const goesOn = async (at: number, fires: number, what: string) => {
        await waitFor(
          () => {
            const late = starts.filter((it) => it.dueAt > at);
            const counts = jobs.map((job) => new Set(late.filter((it) => it.job === job).map((it) => it.dueAt)).size);
            return counts.every((count) => count >= fires) &&
              new Set(late.map(({ node }) => node)).size === nodes.length;
          },
          20_000,
          () =>
            `${fires} fires of every job ${what}; ${starts.length} starts, last events ${
              JSON.stringify(events.slice(-9))
            }`,
        );
        return Date.now() - at;
      };
      await goesOn(0, 2, "at first");
      const restore = etcd.save();
      await goesOn(Date.now(), 3, "after the copy");
      await happen(etcd, restore);
      const tookMs = await goesOn(Date.now(), 5, "after etcd was healthy again");
      const runsLost = events.filter((it) => it._tag === "RunLost").length;
      const told = events.filter((it) => it._tag === "StoreRegressed").length;
      console.log(`five fires of every job took ${tookMs} ms; ${told} times told of a regress, ${runsLost} runs lost`);
      // A process that begins now is as good as those that were there.
      expect(told).toBeGreaterThan(0);
    } finally {
      await Promise.all(nodes.map((node) => node.stop({ drainMs: 1_000 })));
    }
    const twice = starts.filter((it) =>
      starts.some((other) => other !== it && other.job === it.job && other.dueAt === it.dueAt)
    );
    expect(twice, "fires that were started more than once").toEqual([]);
    for (const job of jobs) {
      const fences = starts.filter((it) => it.job === job).sort((x, y) => x.dueAt - y.dueAt).map((it) => it.fence);
      expect(fences, `fences of ${job}`).toEqual([...fences].sort((x, y) => x - y));
    }
  }, 60_000);
});
