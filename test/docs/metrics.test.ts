/**
 * `docs/METRICS.md` has each instrument, each attribute of a span and each option, as they are made.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { instruments } from "../../src/shell/instruments.ts";
import { spanOf } from "../../src/shell/spanOf.ts";
import { projectRoot } from "../support/project.ts";

const read = (file: string) => readFileSync(join(projectRoot, file), "utf8");
const page = read("docs/METRICS.md");

const rowsOf = (heading: string): ReadonlyArray<ReadonlyArray<string>> => {
  const section = page.split(/^## /m).find((it) => it.startsWith(`${heading}\n`)) ?? "";
  const rows = section.split("\n").filter((it) => /^\| `/.test(it));
  return rows.map((row) => row.split("|").slice(1, -1).map((cell) => cell.trim().replaceAll("`", "")));
};

it("has a row for each instrument, with kind, unit, words and attributes", () => {
  const made = Object.values(instruments).map(({ attributes, description, kind, name, unit }) => [
    name,
    kind,
    unit,
    description,
    attributes.join(", ") || "none",
  ]);
  expect(rowsOf("Instruments")).toEqual(made);
});

it("has each attribute of the span of a run", () => {
  const run = {
    job: "",
    schedule: "",
    node: "",
    id: "",
    dueAt: 0,
    startsAt: 0,
    startedAt: 0,
    attempt: 1,
    kind: "due",
    fence: 1,
  };
  const added = ["ringcron.outcome", "error.type"];
  expect(rowsOf("Spans").map(([name]) => name)).toEqual([...Object.keys(spanOf(run)), ...added]);
  for (const name of added) expect(read("adapters/otel/RunSpans.ts")).toContain(`"${name}"`);
});

it("has each option, and names no instrument that there is not", () => {
  const options = [...read("adapters/otel.ts").matchAll(/^ {2}readonly (\w+)\?: /gm)].map(([, name]) => name);
  expect(rowsOf("OpenTelemetry").map(([name]) => name)).toEqual(options);
  const names = new Set<string>(Object.values(instruments).flatMap(({ attributes, name }) => [name, ...attributes]));
  const alarms = page.slice(page.indexOf("## Alarms"), page.indexOf("## Cost"));
  expect([...alarms.matchAll(/`(ringcron\.[\w.]+)`/g)].map(([, it]) => it).filter((it) => !names.has(it ?? "")))
    .toEqual([]);
});
