// Prints each test that failed with the first lines of why, then `N passed, N failed`, from vitest's JSON reports; exits 1
// unless tests passed in each and none failed. What a file did when it ran again by itself, as `REPORT.again` has it, counts in the
// place of what it did beside others, and is said.
import { existsSync, readFileSync } from "node:fs";
import { relative } from "node:path";
import process from "node:process";
import { hasFailed, unended } from "./report.mjs";

const firstLines = (text) => text.split("\n").slice(0, 12).map((line) => `    ${line.slice(0, 400)}`).join("\n");
const filesOf = (path) => JSON.parse(readFileSync(path, "utf8")).testResults;

let passed = 0;
let failed = 0;
const told = [];

const tellFailures = (file, word) => {
  const name = relative(process.cwd(), file.name);
  const those = file.assertionResults.filter((test) => test.status === "failed");
  for (const test of those) {
    told.push(`${word} ${name} > ${test.fullName}\n${firstLines(test.failureMessages.join("\n"))}`);
  }
  if (unended(file).length > 0) told.push(`${word} ${name}: ${unended(file).length} of its tests did not end`);
  // A file that cannot be loaded has no tests that could fail.
  else if (file.status === "failed" && those.length === 0) {
    told.push(`${word} ${name}\n${firstLines(file.message ?? "")}`);
  }
  return Math.max(1, those.length + unended(file).length);
};

for (const path of process.argv.slice(2)) {
  try {
    const again = new Map(existsSync(`${path}.again`) ? filesOf(`${path}.again`).map((file) => [file.name, file]) : []);
    const before = passed;
    for (const first of filesOf(path)) {
      const file = again.get(first.name) ?? first;
      if (file !== first) tellFailures(first, "BESIDE OTHERS, AND NOW AGAIN BY ITSELF");
      passed += file.assertionResults.filter((test) => test.status === "passed").length;
      if (hasFailed(file)) failed += tellFailures(file, "FAILED");
    }
    if (passed === before) process.exitCode = 1;
  } catch {
    process.stderr.write("The tests wrote no report.\n");
    process.exitCode = 1;
  }
}
for (const one of told) process.stdout.write(`${one}\n`);
process.stdout.write(`${passed} passed, ${failed} failed\n`);
if (passed === 0 || failed > 0) process.exitCode = 1;
