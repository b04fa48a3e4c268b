/**
 * The programs of `docs/migrating.md`, before and after, have the types of the packages that they name, and their schedules are read here.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { CronExpression, NextFire } from "../../src/mod.ts";
import { projectRoot } from "../support/project.ts";
import { compile, filesOf, openWorkshop, type Workshop } from "./project.ts";

const page = "docs/migrating.md";

let workshop: Workshop;
beforeAll(async () => {
  workshop = await openWorkshop();
}, 240_000);
afterAll(() => workshop?.remove());

it("the programs have the types of the real packages", async () => {
  const project = workshop.project(page);
  writeFileSync(join(project, "globals.d.ts"), `/// <reference types="node" />\n`);
  expect(await compile(project, { types: ["node"], noEmit: true })).toBe("");
  expect([...filesOf(page).keys()].length).toBeGreaterThanOrEqual(7);
}, 120_000);

it("names versions that are those of the project", () => {
  const { dependencies } = JSON.parse(readFileSync(join(projectRoot, "test/recipes/npm/package.json"), "utf8"));
  const text = readFileSync(join(projectRoot, page), "utf8").replace(/\s+/g, " ");
  const [, named = ""] = /checked against the real packages \(([^)]+)\)/.exec(text) ?? [];
  const short = (name: string) => String(dependencies[name]).split(".").slice(0, 2).join(".");
  expect(named).toBe(`node-cron ${short("node-cron")}, BullMQ ${short("bullmq")}, Agenda ${short("agenda")}`);
});

it("shows schedules that are read here as they are", () => {
  const text = readFileSync(join(projectRoot, page), "utf8");
  const shown = [...text.matchAll(/[`"]((?:@every|@at) [^`"]+|(?:[\d*/,-]+ ){4,5}[\d*/,-]+)[`"]/g)].map((it) =>
    it[1] ?? ""
  );
  expect(shown.length).toBeGreaterThan(8);
  for (const it of shown) {
    expect(NextFire.next(CronExpression.parseUnsafe(it), 0), it).toBeGreaterThan(0);
  }
});
