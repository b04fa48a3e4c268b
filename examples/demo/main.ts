/**
 * `npm run demo`: three nodes, some jobs, one death, and a line of totals. `--redis` uses three processes and a real Redis.
 *
 * Exit code: 0 when nothing was started twice, 1 otherwise, 2 for arguments that are not understood, 130 after Ctrl-C.
 *
 * @module
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { createBoard } from "./board.ts";
import { showDashboard } from "./dashboard.ts";
import { createDisplay } from "./display.ts";
import { createMemoryFleet } from "./memory-fleet.ts";
import { createObserver } from "./observer.ts";
import { play } from "./play.ts";
import { createRedisFleet } from "./redis-fleet.ts";
import { jobs, nodeNames, seconds as range } from "./scenario.ts";
import { verdictOf } from "./verdict.ts";
import type { Playbill } from "./words.ts";

const usage = `npm run demo -- [--redis] [--dashboard] [--seconds N]
  --redis      three processes over HTTP and a real Redis, instead of three nodes in one process
  --dashboard  the fleet in a browser, too, as long as the demo lasts
  --seconds N  how long to watch, ${range.least} to ${range.most}; default ${range.usual}
`;

const readArguments = (): { readonly isRedis: boolean; readonly isShown: boolean; readonly seconds: number } => {
  try {
    const { values } = parseArgs({
      options: {
        redis: { type: "boolean", default: false },
        dashboard: { type: "boolean", default: false },
        seconds: { type: "string", default: String(range.usual) },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    if (values.help) {
      process.stdout.write(usage);
      process.exit(0);
    }
    const seconds = Number(values.seconds);
    if (!Number.isInteger(seconds) || seconds < range.least || seconds > range.most) {
      throw new Error(`--seconds: a whole number from ${range.least} to ${range.most} is allowed`);
    }
    return { isRedis: values.redis, isShown: values.dashboard, seconds };
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${usage}`);
    process.exit(2);
  }
};

const { isRedis, isShown, seconds } = readArguments();
const fleet = isRedis ? createRedisFleet() : createMemoryFleet();
const shown = isShown ? await showDashboard(fleet) : undefined;
const at = shown === undefined ? "" : ` (dashboard: ${shown.url})`;
const bill: Playbill = isRedis
  ? {
    where: "three processes share one real Redis, reached over HTTP" + at,
    opening: "starting Redis (fetched once if this machine has none) and the processes",
    death: "kill -9",
    seconds,
  }
  : {
    where: "three nodes in this process share one store in memory" + at,
    opening: "starting the nodes",
    death: "cut off",
    seconds,
  };
const display = createDisplay(bill);
const board = createBoard(nodeNames, jobs, display.tell);
const observer = createObserver(jobs);

const ending = new AbortController();
const signals = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
for (const [name, code] of Object.entries(signals)) {
  // Repeated signals change nothing: npm passes on what the terminal has already sent to everybody.
  process.on(name, () => {
    process.exitCode ??= code;
    ending.abort();
  });
}
// A terminal that was closed, or a pipe that nobody reads any more.
process.stdout.on("error", () => ending.abort());
// Whatever happens, the terminal is given back.
process.on("exit", () => display.close());

try {
  display.open(board);
  const result = await play({ fleet, board, observer, display, seconds, signal: ending.signal });
  display.close({ keepPicture: true });
  process.stdout.write(`${verdictOf(result, display.paint, display.width).join("\n")}\n`);
  process.exitCode = result.totals.twice > 0 ? 1 : 0;
} catch (error) {
  display.close();
  if (!ending.signal.aborted) {
    process.stderr.write(`The demo failed: ${(error as Error).message}\n`);
    process.exitCode = 1;
  }
} finally {
  await shown?.close();
  await fleet.close();
}
