// Prints each test that failed with the first lines of why, then `N passed, N failed`, from vitest's JSON reports; exits 1
// unless tests passed in each and none failed.
import { readFileSync } from "node:fs";
import { relative } from "node:path";
import process from "node:process";

const firstLines = (text) => text.split("\n").slice(0, 12).map((line) => `    ${line.slice(0, 400)}`).join("\n");

let passed = 0;
let failed = 0;
const failures = [];
for (const path of process.argv.slice(2)) {
  try {
    const report = JSON.parse(readFileSync(path, "utf8"));
    passed += report.numPassedTests;
    failed += report.numFailedTests;
    for (const file of report.testResults) {
      const name = relative(process.cwd(), file.name);
      const those = file.assertionResults.filter((test) => test.status === "failed");
      for (const test of those) {
        failures.push(`FAILED ${name} > ${test.fullName}\n${firstLines(test.failureMessages.join("\n"))}`);
      }
      // A file that cannot be loaded has no tests that could fail.
      if (file.status === "failed" && those.length === 0) {
        failed++;
        failures.push(`FAILED ${name}\n${firstLines(file.message ?? "")}`);
      }
    }
    if (report.numPassedTests === 0) process.exitCode = 1;
  } catch {
    process.stderr.write("The tests wrote no report.\n");
    process.exitCode = 1;
  }
}
for (const failure of failures) process.stdout.write(`${failure}\n`);
process.stdout.write(`${passed} passed, ${failed} failed\n`);
if (passed === 0 || failed > 0) process.exitCode = 1;
