/**
 * Over etcd, and what a program can see of its fleet. In Deno it needs the network and nothing else:
 * `deno run --allow-net=127.0.0.1:2379 etcd-watch.ts http://127.0.0.1:2379`.
 */
import process from "node:process";
import * as Etcd from "ringcron/etcd";
import { createCron } from "ringcron/promise";

const [endpoints = "http://127.0.0.1:2379"] = process.argv.slice(2);
const cron = await createCron({ service: "watch", nodeName: "watcher", driver: Etcd.layer({ endpoints }) });

let finish = () => {};
const over = new Promise<void>((resolve) => finish = resolve);
cron.on((event) => {
  if (event._tag === "RunStarted") console.log(`started ${event.run.job}, ${event.latenessMs} ms late`);
  if (event._tag === "RunEnded") console.log(`ended: ${event.outcome}`);
  if (event._tag === "RunEnded" && event.outcome === "succeeded") finish();
});
cron.pool.onChange(({ members }) => console.log(`members: ${members.map(({ name }) => name).join(", ")}`));

await cron.add("report", "@manual", () => {});
await cron.add("flaky", "@manual", () => Promise.reject(new Error("no luck")));
await cron.start();
await cron.trigger("flaky");
await cron.trigger("report");
await over;
await cron.stop();
