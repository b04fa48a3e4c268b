/**
 * A handler that may come twice, or too late, and does no harm: `run.id` is the same for every attempt of a fire, so what was done
 * under it is not done again, and what it writes to refuses a fence that is lower than one it has seen.
 */
import * as Memory from "ringcron/memory";
import { createCron, type JobRun } from "ringcron/promise";

/** What the job writes to: a table with unique ids and a column for the fence would do the same in one statement. */
const ledger = { done: new Set<string>(), fence: 0, total: 0 };

const book = ({ fence, id }: Pick<JobRun, "fence" | "id">, amount: number): string => {
  if (ledger.done.has(id)) return "done before";
  if (fence < ledger.fence) return "refused: somebody newer was here";
  ledger.done.add(id);
  ledger.fence = fence;
  ledger.total += amount;
  return "booked";
};

const cron = await createCron({ service: "accounts", driver: Memory.layer() });
const seen: Array<JobRun> = [];
let second = () => {};
const ran = new Promise<void>((resolve) => second = resolve);
await cron.add("interest", "@manual", (run) => {
  console.log(book(run, 10));
  if (seen.push(run) === 2) second();
}, { delivery: "at-least-once" });
await cron.start();
for (const key of ["june", "july"]) await cron.trigger("interest", { key });
await ran;
await cron.stop();

const [june, july] = seen as [JobRun, JobRun];
console.log("june once more:", book(june, 10)); // done before
console.log("a zombie of may:", book({ id: "may", fence: june.fence - 1 }, 10)); // refused: somebody newer was here
console.log(`total ${ledger.total}, the second fence is higher: ${july.fence > june.fence}`); // total 20, ... true
