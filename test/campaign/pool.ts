/**
 * Threads that share the tasks of a campaign.
 *
 * @module
 */
import { Worker } from "node:worker_threads";
import { type Tally, type Task, work } from "./work.ts";

/** Does all tasks, each thread one at a time; hands over each result as it comes. With one worker nothing is shared out. */
export const share = async (
  tasks: ReadonlyArray<Task>,
  workers: number,
  done: (tally: Tally, task: Task) => void,
): Promise<void> => {
  if (workers === 1) {
    for (const task of tasks) done(await work(task), task);
    return;
  }
  const left = [...tasks];
  const thread = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL(import.meta.url.replace(/pool(\.\w+)$/, "work$1")));
      let current: Task | undefined;
      const next = (): void => {
        current = left.shift();
        if (current !== undefined) worker.postMessage(current);
        else worker.terminate().then(() => resolve(), reject);
      };
      worker.on("message", (tally: Tally) => {
        if (current !== undefined) done(tally, current);
        next();
      });
      worker.on("error", reject);
      next();
    });
  await Promise.all(Array.from({ length: Math.min(workers, tasks.length) }, thread));
};
