/**
 * A node of some checkout with twenty jobs that are due each second: prints how late they started, and what it took.
 *
 * @module
 */
import process from "node:process";
import { Redis } from "ioredis";
import type * as Promised from "../../../src/shell/promise.ts";
import { moduleOf } from "./operations.ts";

/** What a node tells in the end. */
export interface Told {
  /** Of each start, milliseconds after the instant. */
  readonly lateMs: ReadonlyArray<number>;
  /** Processor time of the process meanwhile. */
  readonly cpuUs: number;
}

const [folder = "", driver = "", port, seconds] = process.argv.slice(2);
const { createCron } = await moduleOf<typeof Promised>(folder, "promise");
const { layer } = await moduleOf<{ layer: (options: object) => never }>(folder, driver);

const client = new Redis(Number(port));
const service = `${driver}-${port}-${folder.replace(/\W/g, "-")}`;
const cron = await createCron({ service, driver: layer({ client }) });
let lateMs: Array<number> = [];
for (let index = 0; index < 20; index++) {
  await cron.add(`job-${index}`, "* * * * * *", ({ dueAt }) => void lateMs.push(Date.now() - dueAt));
}
await cron.start();
await new Promise((resolve) => setTimeout(resolve, 5_000));
lateMs = [];
const cpu = process.cpuUsage();
await new Promise((resolve) => setTimeout(resolve, Number(seconds) * 1_000));
const { system, user } = process.cpuUsage(cpu);
const told: Told = { lateMs: [...lateMs], cpuUs: system + user };
await cron.stop();
client.disconnect();
console.log(JSON.stringify(told));
