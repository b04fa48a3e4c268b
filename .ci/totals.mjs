// Prints `N passed, N failed` from vitest's JSON reports; exits 1 unless tests passed in each and none failed.
import { readFileSync } from "node:fs";
import process from "node:process";

let passed = 0;
let failed = 0;
for (const path of process.argv.slice(2)) {
  try {
    const report = JSON.parse(readFileSync(path, "utf8"));
    passed += report.numPassedTests;
    failed += report.numFailedTests;
    for (const file of report.testResults) {
      // A file that cannot be loaded has no tests that could fail.
      if (file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed")) failed++;
    }
    if (report.numPassedTests === 0) process.exitCode = 1;
  } catch {
    process.stderr.write("The tests wrote no report.\n");
    process.exitCode = 1;
  }
}
process.stdout.write(`${passed} passed, ${failed} failed\n`);
if (passed === 0 || failed > 0) process.exitCode = 1;
