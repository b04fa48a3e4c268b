/**
 * The processes of a campaign with schedules: started, killed, stopped and started again.
 *
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { createFleet, type FleetProcess } from "../../support/processes.ts";
import type { StoreName } from "../campaign/store.ts";
import type { Breach } from "./checker.ts";
import type { SchedulesNode } from "./node.ts";
import type { Stage } from "./stage.ts";

/** A place for a process. */
export interface Place {
  readonly index: number;
  /** Only one that is `working` may be disturbed. */
  state: "starting" | "working" | "disturbed";
  process: FleetProcess | undefined;
}

/** The processes. */
export interface Crew {
  readonly places: ReadonlyArray<Place>;
  readonly breaches: Array<Breach>;
  /** Where each process, also one that is gone, wrote what it did. */
  readonly sheets: ReadonlyMap<string, string>;
  hire(place: Place): Promise<void>;
  kill(place: Place): Promise<void>;
  /** Everybody asks for nothing new. */
  rest(): void;
  /** All leave in good order. */
  dismiss(): Promise<void>;
  end(): Promise<void>;
}

/** How long a process may take from SIGTERM to its end. */
const endsWithinMs = 30_000;

/** Sets up places; nobody is there yet. */
export const assemble = (
  stage: Stage,
  { gapMs, seed, service, store }: {
    readonly store: StoreName;
    readonly service: string;
    readonly seed: number;
    readonly gapMs: readonly [from: number, upTo: number];
  },
): Crew => {
  const folder = mkdtempSync(join(tmpdir(), "ringcron-schedules-"));
  const fleet = createFleet();
  const breaches: Array<Breach> = [];
  const sheets = new Map<string, string>();
  const expected = new Set<string>();
  const places = stage.ways.map((_, index): Place => ({ index, state: "starting", process: undefined }));
  let [hired, isResting] = [0, false];

  const hire = async (place: Place): Promise<void> => {
    place.state = "starting";
    const name = `n${place.index}-${++hired}`;
    const file = join(folder, `${name}.ndjson`);
    sheets.set(name, file);
    const told: SchedulesNode = {
      store,
      endpoints: stage.ways[place.index]?.endpoints ?? [],
      token: stage.token,
      service,
      seed: seed * 1_000 + hired,
      gapMs,
      file,
      options: {
        nodeName: name,
        leaseMs: 3_000,
        graceMs: 500,
        requestTimeoutMs: 2_000,
        maxSilenceMs: 5_000,
        startTimeoutMs: 300_000,
        drainMs: 5_000,
      },
    };
    const process = await fleet.start({
      name,
      program: "test/chaos/schedules/node.js",
      env: { CHAOS_SCHEDULES: JSON.stringify(told) },
    });
    place.process = process;
    const hasJoined = () => process.lines.some((line) => "joined" in line);
    void process.exited.then((code) => {
      if (expected.has(name)) return;
      // Whoever gets a gateway's page for an answer before it is a member gives up at once; its supervisor starts it again.
      if (code === 3 && !hasJoined()) {
        return void delay(200).then(() => place.process === process ? hire(place) : undefined);
      }
      breaches.push({ rule: "no process ends by itself", detail: `${name}: ${code}; ${process.text.slice(-2_000)}` });
    });
    void (async () => {
      while (place.process === process && place.state === "starting") {
        if (hasJoined()) {
          place.state = "working";
          if (isResting) process.signal("SIGUSR2");
        }
        await delay(20);
      }
    })();
  };

  return {
    places,
    breaches,
    sheets,
    hire,
    async kill(place) {
      place.state = "disturbed";
      if (place.process !== undefined) expected.add(place.process.name);
      await place.process?.kill();
    },
    rest() {
      isResting = true;
      for (const { process, state } of places) if (state === "working") process?.signal("SIGUSR2");
    },
    async dismiss() {
      await Promise.all(places.map(async ({ process }) => {
        if (process === undefined) return;
        expected.add(process.name);
        const code = await process.terminate(endsWithinMs).catch(String);
        if (code !== 0) breaches.push({ rule: "no node wedged", detail: `${process.name} left with ${code}` });
      }));
    },
    async end() {
      for (const { process } of places) if (process !== undefined) expected.add(process.name);
      await fleet.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
