/**
 * The first program: one node, one store in memory, a job each second. After three runs it leaves.
 */
import * as Memory from "ringcron/memory";
import { createCron } from "ringcron/promise";

const cron = await createCron({ service: "first", driver: Memory.layer() });

let runs = 0;
let enough = () => {};
const ran = new Promise<void>((resolve) => enough = resolve);

await cron.add("tick", "* * * * * *", (run) => {
  console.log(`${run.job} of ${new Date(run.dueAt).toISOString()}, ${run.startedAt - run.dueAt} ms late`);
  if (++runs === 3) enough();
});

await cron.start(); // resolves when this node is a member
await ran;
await cron.stop();
