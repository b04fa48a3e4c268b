/**
 * What documents say of the command line is what it has.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { exitCodes } from "../../cli/frame/exit.ts";
import { commands } from "../support/cli-host.ts";
import { projectRoot } from "../support/project.ts";

const read = (file: string) => readFileSync(join(projectRoot, file), "utf8");
const page = read("docs/CLI.md");
const names = commands().map((it) => it.name()).filter((it) => it !== "help");

describe("docs/CLI.md", () => {
  it("has every command, and every option of each", () => {
    const look = (all: ReturnType<typeof commands>, before: string): void => {
      for (const command of all.filter((it) => it.name() !== "help")) {
        const name = `${before}${command.name()}`;
        expect(page, name).toContain(`\`${name}`);
        for (const { long } of command.options) expect(page, `${name} ${long}`).toContain(`${long}`);
        look(command.commands, `${name} `);
      }
    };
    look(commands(), "");
  });

  it("lists the exit codes", () => {
    const listed = [...page.matchAll(/^\| (\d) +\|/gm)].map((it) => Number(it[1]));
    expect(listed).toEqual(Object.values(exitCodes));
  });
});

it.each(["README.md", "docs/CLI.md"])("%s shows commands that there are", (file) => {
  const shown = [...read(file).matchAll(/npx ringcron ([a-z]+)/g)].map((it) => it[1] ?? "");
  expect(shown).not.toEqual([]);
  expect(shown.filter((it) => it !== "help" && !names.includes(it))).toEqual([]);
});
