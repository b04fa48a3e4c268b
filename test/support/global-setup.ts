/**
 * What the tests of whole processes need once, before the first of them.
 *
 * @module
 */
import process from "node:process";
import { buildOnce } from "./build.ts";
import { findEtcd } from "./etcd-binary.ts";
import { findRedis } from "./redis-binary.ts";

/** Called by vitest. */
export default async function setup(): Promise<void> {
  // A failure here would keep every test from running; test/types fails by it, and so does what needs the files.
  const tell = (error: Error) => void process.stderr.write(`${error.message}\n`);
  await Promise.all([buildOnce().catch(tell), findRedis().catch(tell), findEtcd().catch(tell)]);
}
