#!/usr/bin/env node
/**
 * `npx ringcron`: the program.
 *
 * @module
 */
import process from "node:process";
import { processHost } from "./frame/Host.ts";
import { run } from "./program.ts";

process.exitCode = await run(process.argv.slice(2), processHost());
