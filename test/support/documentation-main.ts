/** Prints what the public documentation lacks, and fails if it lacks anything. Run by Deno. */
import process from "node:process";
import { undocumented } from "./documentation.ts";

const lacking = await undocumented(process.execPath);
for (const line of lacking) console.error(line);
process.exitCode = lacking.length === 0 ? 0 : 1;
