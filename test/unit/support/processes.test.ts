import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createFleet } from "../../support/processes.ts";
import { projectRoot } from "../../support/project.ts";
import { alive } from "../../support/wait.ts";

let folder: string;
let program: string;

beforeAll(() => {
  mkdirSync(join(projectRoot, ".build"), { recursive: true });
  folder = mkdtempSync(join(projectRoot, ".build", "processes-"));
  program = `${basename(folder)}/node.mjs`;
  writeFileSync(
    join(folder, "node.mjs"),
    `let n = 0;
    setInterval(() => console.log(JSON.stringify({ event: "tick", n: n++ })), 5);
    process.on("SIGTERM", () => { if (process.argv[2] !== "stubborn") process.exit(7); });
    console.log("not JSON"); console.error("a complaint");`,
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("a fleet of processes", () => {
  it("reads their lines, pauses, resumes, terminates and kills them", async () => {
    await using fleet = createFleet();
    const a = await fleet.start({ name: "a", program });
    const b = await fleet.start({ name: "b", program });
    await a.waitForLine((it) => it["n"] === 3, 5_000, "the fourth tick of a");
    await fleet.waitForLine((it) => it.from === "b" && it["n"] === 3, 5_000, "the fourth tick of b");

    a.pause();
    const seen = b.lines.length;
    await fleet.waitForLines(() => b.lines.length > seen + 20, 5_000, "twenty more ticks of b");
    const whilePaused = a.lines.length;
    a.resume();
    await a.waitForLine((it) => it["n"] === whilePaused + 3, 5_000, "a to go on");

    expect(await a.terminate(5_000)).toBe(7);
    await b.kill();
    expect(await b.exited).toBe(137);
    expect([alive(a.pid), alive(b.pid)]).toEqual([false, false]);
    expect(a.text).toContain("not JSON");
    expect(a.text).toContain("a complaint");
  });

  it("says what was seen when a wait fails, and kills what does not listen, paused or not", async () => {
    const fleet = createFleet();
    const node = await fleet.start({ name: "deaf", program, args: ["stubborn"] });
    await node.waitForLine((it) => it["n"] === 0, 5_000, "the first tick");
    await expect(node.terminate(50)).rejects.toThrow(/waited 200 ms for deaf to end after SIGTERM; deaf: \d+ lines/);
    node.pause();
    await fleet.stop();
    expect(alive(node.pid)).toBe(false);
  });
});
