/**
 * The demo as a person starts it, without a terminal.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { describe, expect, it } from "vitest";
import { projectRoot } from "../support/project.ts";

interface Ending {
  readonly code: number | null;
  readonly text: string;
}

/** Runs the demo; `onText` sees what it printed so far and may interrupt it. */
const run = (args: ReadonlyArray<string>, onText?: (text: string, interrupt: () => void) => void): Promise<Ending> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [join(projectRoot, ".build", "examples", "demo", "main.js"), ...args], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let text = "";
    const read = (chunk: string) => {
      text += chunk;
      onText?.(text, () => child.kill("SIGINT"));
    };
    child.stdout.setEncoding("utf8").on("data", read);
    child.stderr.setEncoding("utf8").on("data", read);
    child.once("close", (code) => resolve({ code, text }));
  });

const figure = (text: string, what: RegExp): number => Number(what.exec(text)?.[1] ?? NaN);

describe("npm run demo", () => {
  for (const args of [[], ["--redis"]]) {
    it.concurrent(`shows a fleet that survives a death: ${["--seconds", "12", ...args].join(" ")}`, async () => {
      const { code, text } = await run(["--seconds", "12", ...args]);
      expect(code, text).toBe(0);
      const totals = /^Totals: .*$/m.exec(text)?.[0] ?? "";
      expect(figure(totals, /(\d+) fires due/), text).toBeGreaterThan(10);
      expect(figure(totals, /(\d+) started once/), text).toBeGreaterThan(10);
      expect(figure(totals, /(\d+) twice/), text).toBe(0);
      expect(figure(totals, /(\d+) taken over/), text).toBeGreaterThan(0);
      expect(text).toMatch(/node-[abc] dies now, without a word/);
      expect(text).toMatch(/The others notice after/);
      expect(text).toMatch(/runs report of [\d:]+ again/);
      expect(text, "no colour and no cursor movements outside a terminal").not.toContain("\x1b");
    }, 90_000);
  }

  it.concurrent("ends in good order when it is interrupted", async () => {
    let isInterrupted = false;
    const { code, text } = await run(["--redis"], (seen, interrupt) => {
      if (isInterrupted || !seen.includes("The fleet is up")) return;
      isInterrupted = true;
      interrupt();
    });
    expect(code, text).toBe(130);
    expect(text).not.toContain("Totals");
  }, 90_000);

  it.concurrent("shows its fleet in a browser, too: --dashboard", async () => {
    let looking: Promise<ReadonlyArray<string>> | undefined;
    const look = async (url: string): Promise<ReadonlyArray<string>> => {
      const seen: Array<string> = [];
      for (const path of ["", "timeline", "jobs", "runs", "schedules"]) {
        const page = await fetch(url + path);
        seen.push(`${page.status} ${/node-a|report/.test(await page.text())}`);
      }
      // Whoever has another name lead to this machine is shown nothing.
      const other = await fetch(url.replace("127.0.0.1", "localhost"));
      return [...seen, `${other.status} ${(await other.text()).includes("node-a")}`];
    };
    const { code, text } = await run(["--dashboard"], (seen, interrupt) => {
      const url = /dashboard: (http:\/\/127\.0\.0\.1:\d+\/)/.exec(seen)?.[1];
      if (looking !== undefined || url === undefined || !seen.includes("The fleet is up")) return;
      looking = look(url).finally(interrupt);
    });
    expect(await looking, text).toEqual([
      ...["200 true", "200 true", "200 true", "200 true", "200 false", "401 false"],
    ]);
    expect(code, text).toBe(130);
  }, 90_000);

  it.concurrent("says what it understands", async () => {
    expect(await run(["--seconds", "3"])).toMatchObject({ code: 2, text: expect.stringContaining("from 10 to 600") });
    expect(await run(["--what"])).toMatchObject({
      code: 2,
      text: expect.stringContaining("npm run demo -- [--redis]"),
    });
  });
});
