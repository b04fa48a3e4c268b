// Prints the files of a vitest JSON report that failed or did not end, if they are few: those are to run again by themselves.
import { readFileSync } from "node:fs";
import { relative } from "node:path";
import process from "node:process";
import { hasFailed } from "./report.mjs";

/** More than that is not the machine. */
const most = 6;

try {
  const report = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8"));
  const files = report.testResults.filter(hasFailed).map((file) => relative(process.cwd(), file.name));
  if (files.length <= most) process.stdout.write(files.join("\n"));
} catch {
  process.stderr.write("The tests wrote no report.\n");
}
