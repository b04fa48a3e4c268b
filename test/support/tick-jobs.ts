/**
 * The jobs of the Worker that ticks: twenty, in two zones, on both sides of a change of clocks.
 *
 * @module
 */

/** One of them. */
export interface TickJob {
  readonly name: string;
  readonly schedule: string;
  readonly timeZone: string;
  readonly delivery: "at-least-once" | "at-most-once";
}

const schedules = [
  "*/5 * * * *",
  "*/30 * * * *",
  "0 * * * *",
  "15 */2 * * *",
  "30 2 * * *",
  "0 3 * * *",
  "0 9 * * MON-FRI",
  "59 23 * * *",
  "*/10 1-3 * * *",
  "0 0 * * SUN",
];

/** All of them. */
export const tickJobs: ReadonlyArray<TickJob> = ["Europe/Berlin", "America/New_York"].flatMap((timeZone, zone) =>
  schedules.map((schedule, index) => ({
    name: `${timeZone.split("/")[1]?.toLowerCase()}-${index}`,
    schedule,
    timeZone,
    delivery: (index + zone) % 2 === 0 ? "at-least-once" : "at-most-once",
  }))
);
