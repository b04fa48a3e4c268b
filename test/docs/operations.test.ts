/**
 * `docs/operations.md` tells of every event what it means, and of every permission what is tested.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { projectRoot } from "../support/project.ts";

const read = (file: string) => readFileSync(join(projectRoot, file), "utf8");
const page = read("docs/operations.md");
const section = (heading: string): string => page.split(/^## /m).find((it) => it.startsWith(`${heading}\n`)) ?? "";
const cells = (row: string): ReadonlyArray<string> => row.split("|").slice(1, -1).map((it) => it.trim());

const events = [...read("src/core/words/Event.ts").matchAll(/_tag: "(\w+)"/g)].map((it) => it[1] ?? "");

it("has a row for each event, in the order of the type, and says what to do", () => {
  const rows = section("Events").split("\n").filter((it) => /^\| `/.test(it)).map(cells);
  expect(events.length).toBeGreaterThan(25);
  expect(rows.map(([name]) => name?.replaceAll("`", ""))).toEqual(events);
  expect(rows.filter((row) => row.length !== 3 || row.some((it) => it === ""))).toEqual([]);
});

it("names no event anywhere that there is not", () => {
  const alarms = section("Health and alerts").split("\n").filter((it) => it.startsWith("| "));
  const named = alarms.flatMap((it) => [...it.matchAll(/`([A-Z]\w+)`/g)].map((one) => one[1] ?? ""));
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((it) => !events.includes(it))).toEqual([]);
});
