import { JobRecord } from "ringcron/core";
import { expect, it } from "vitest";

const run = { dueAt: 1_000, attempt: 1, fence: 1, claimId: "holder:1", isManual: false } as const;
const record = {
  watermark: 1_000,
  since: 0,
  lastFence: 1,
  paused: false,
  definition: "d",
  deployment: 1,
  claimId: undefined,
  nextDueAt: undefined,
  active: [run],
  queue: [],
} as unknown as JobRecord.JobRecord;
const report = { job: "a", fence: 1, dueAt: 1_000, attempt: 1, startedAt: 0, endedAt: 1_001 } as const;

it("a run that was given back waits for whoever takes it, though its last holder is told by an older answer that it has it", () => {
  const back = JobRecord.complete(record, { ...report, outcome: "abandoned", rerun: true });
  expect([back.result, back.history]).toEqual(["ok", []]);
  expect(back.record.active).toMatchObject([{ dueAt: 1_000, claimId: undefined }]);
  const again = JobRecord.complete(back.record, { ...report, outcome: "abandoned", rerun: false });
  expect(again).toEqual({ record: back.record, result: "ok", history: [] });
  // Who holds it may say so: it could not start it in time.
  expect(JobRecord.complete(record, { ...report, outcome: "abandoned", rerun: false })).toMatchObject({
    record: { active: [] },
    history: [{ outcome: "abandoned" }],
  });
});
