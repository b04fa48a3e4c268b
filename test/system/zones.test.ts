/**
 * Two schedulers on one store, one of them of a library that is compiled with another table of a zone.
 */
import * as Memory from "ringcron/memory";
import type * as Promised from "ringcron/promise";
import { beforeAll, expect, it } from "vitest";
import { load } from "../mutants/build.ts";
import { useNodes, type Watched } from "./support/nodes.ts";

const nodes = useNodes();

let doctored: typeof Promised;
beforeAll(async () => {
  const edits = [{
    file: "src/core/schedule/Zone.ts",
    from: "timeZone: name,",
    to: `timeZone: name === "Europe/Berlin" ? "Etc/GMT-1" : name,`,
  }];
  doctored = await load({ name: "berlin-without-summer-time", edits }, "src/shell/promise.ts");
}, 60_000);

const told = ({ happened }: Watched) =>
  happened("ScheduleDivergence").map(({ jobCount, jobs, members, zones }) => ({
    zones,
    jobs,
    jobCount,
    members: members.map(({ name }) => name),
  }));

it("a scheduler with other zone data than the others is told and logged on both sides, and so is the end of it", async () => {
  const shared = { service: "zones", driver: Memory.layer({ store: Memory.make() }) };
  const [a, b] = [await nodes.make({ ...shared, nodeName: "a" }), await nodes.make({ ...shared, nodeName: "b" })];
  const c = await doctored.createCron({ ...shared, nodeName: "c" });
  const toldByC: Array<unknown> = [];
  c.on((event) => event._tag === "ScheduleDivergence" && toldByC.push(event));
  for (const cron of [a, b, c]) {
    await cron.add("berlin", "0 9 * * *", () => {}, { timeZone: "Europe/Berlin" });
    await cron.add("new-york", "0 9 * * *", () => {}, { timeZone: "America/New_York" });
    await cron.add("utc", "0 9 * * *", () => {});
    await cron.start();
  }
  expect(toldByC).toMatchObject([{ zones: ["Europe/Berlin"], jobs: ["berlin"], members: [{}, {}] }]);
  for (const cron of [a, b]) {
    await cron.pool.refresh();
    expect(told(cron)).toEqual([{ zones: ["Europe/Berlin"], jobs: ["berlin"], jobCount: 1, members: ["c"] }]);
    await cron.pool.refresh();
  }
  await c.stop();
  for (const cron of [a, b]) {
    await cron.pool.refresh();
    expect(told(cron).slice(1)).toEqual([{ zones: [], jobs: [], jobCount: 0, members: [] }]);
  }
  const logged = (what: RegExp) => nodes.written().filter((it) => what.test(it)).length;
  expect(logged(/WARN.*other time zone data than c for Europe\/Berlin: .*: berlin/)).toBe(2);
  expect(logged(/WARN.*other time zone data than (a, b|b, a) for Europe\/Berlin: .*: berlin/)).toBe(1);
  expect(logged(/INFO.*the same time zone data again/)).toBe(2);
  expect(logged(/time zone data/)).toBe(5);
});
