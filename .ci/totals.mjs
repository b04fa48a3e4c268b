// Prints `N passed, N failed` from vitest's JSON report; exits 1 unless tests passed and none failed.
import { readFileSync } from "node:fs";
import process from "node:process";

let passed = 0;
let failed = 0;
try {
  const report = JSON.parse(readFileSync(process.argv[2], "utf8"));
  passed = report.numPassedTests;
  failed = report.numFailedTests;
  for (const file of report.testResults) {
    // A file that cannot be loaded has no tests that could fail.
    if (file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed")) failed++;
  }
} catch {
  process.stderr.write("The tests wrote no report.\n");
}
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = passed > 0 && failed === 0 ? 0 : 1;
