/**
 * A lock between processes: a file that holds the pid of its owner. A lock whose owner is gone is taken over.
 *
 * @module
 */
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { alive } from "./wait.ts";

/** Runs `work` while no other process of this machine runs work under the same lock file. */
export async function withLock<A>(file: string, boundMs: number, work: () => Promise<A>): Promise<A> {
  mkdirSync(dirname(file), { recursive: true });
  const deadline = performance.now() + boundMs;
  while (!take(file)) {
    if (performance.now() > deadline) {
      throw new Error(`waited ${boundMs} ms for ${file}, held by process ${owner(file) ?? "unknown"}`);
    }
    await delay(50);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

function take(file: string): boolean {
  if (claimed(file)) return true;
  const holder = owner(file);
  if (holder === undefined || alive(holder)) return false;
  // Two waiters may both see the dead owner: only the one that gets this second lock may remove the first.
  const sweep = `${file}.sweep`;
  if (!claimed(sweep)) return false;
  try {
    if (owner(file) === holder) rmSync(file, { force: true });
  } finally {
    rmSync(sweep, { force: true });
  }
  return claimed(file);
}

/** A link appears with its content, so that no reader ever sees a lock without an owner. */
function claimed(file: string): boolean {
  const own = `${file}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  writeFileSync(own, String(process.pid));
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
}

function owner(file: string): number | undefined {
  try {
    return Number(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}
