/**
 * The processes of a campaign: places for them, each with a runtime and a way to the store of its own, and what is done to
 * those who work there.
 *
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { createFleet, type FleetProcess } from "../../support/processes.ts";
import { findRuntime, type Runtime } from "../../support/runtimes.ts";
import type { Orders } from "./orders.ts";
import { deployed } from "./jobs.ts";
import type { ChaosNode } from "./node.ts";
import type { Absence, Breach } from "./rules.ts";
import type { ChaosStore, StoreName } from "./store.ts";

/** A time in which a process could not do its work, and why. */
export interface Away extends Absence {
  readonly why: "SIGKILL" | "SIGSTOP" | "SIGTERM" | "cut off";
}

/** A place for a process. */
export interface Place {
  readonly index: number;
  readonly runtime: string;
  /** Only one that is `working` may be disturbed. */
  state: "empty" | "starting" | "working" | "disturbed";
  process: FleetProcess | undefined;
  deployment: number;
}

/** The crew. */
export interface Crew {
  readonly places: ReadonlyArray<Place>;
  readonly aways: ReadonlyArray<Away>;
  readonly breaches: Array<Breach>;
  /** Where each process wrote what it did. */
  readonly sheets: ReadonlyMap<string, string>;
  /** Which deployment those run who start from now on. */
  deployment: number;
  hire(place: Place): Promise<void>;
  kill(place: Place): Promise<void>;
  stop(place: Place, forMs: number): Promise<void>;
  /** SIGTERM; it must end by itself and in good order. */
  dismiss(place: Place): Promise<void>;
  /** Notes that a process is cut off from now on; the result ends that. */
  cut(place: Place): () => void;
  end(): Promise<void>;
}

/** How long a process may take from SIGTERM to its end: it drains for up to 8 s. */
const endsWithinMs = 40_000;

/** Sets up places. */
export async function assemble(
  storeName: StoreName,
  store: ChaosStore,
  orders: Orders,
  service: string,
): Promise<Crew> {
  const folder = mkdtempSync(join(tmpdir(), "ringcron-chaos-"));
  const node: Runtime = { name: `Node ${process.versions.node.split(".")[0]}`, command: () => [process.execPath] };
  const runtimes = [node, await findRuntime("Deno"), await findRuntime("Bun")];
  const fleet = createFleet();
  const aways: Array<{ node: string; why: Away["why"]; from: number; until: number }> = [];
  const breaches: Array<Breach> = [];
  const sheets = new Map<string, string>();
  const expected = new Set<string>();
  let hired = 0;

  const places = store.ways.map((_, index): Place => ({
    index,
    runtime: (runtimes[index % runtimes.length] as Runtime).name,
    state: "empty",
    process: undefined,
    deployment: 0,
  }));

  const away = (place: Place, why: Away["why"]) => {
    const entry = { node: place.process?.name ?? "", why, from: Date.now(), until: Infinity };
    aways.push(entry);
    return entry;
  };

  const leave = (place: Place, why: Away["why"]): FleetProcess | undefined => {
    place.state = "disturbed";
    if (place.process !== undefined) expected.add(place.process.name);
    away(place, why);
    return place.process;
  };

  const crew: Crew = {
    places,
    aways,
    breaches,
    sheets,
    deployment: 0,
    async hire(place) {
      place.state = "starting";
      const way = store.ways[place.index];
      const runtime = runtimes[place.index % runtimes.length] as Runtime;
      const name = `${runtime.name.split(" ")[0]?.toLowerCase()}-${place.index}-${++hired}`;
      const file = join(folder, `${name}.ndjson`);
      sheets.set(name, file);
      place.deployment = crew.deployment;
      const endpoints = way?.endpoints ?? [];
      const told: ChaosNode = {
        store: storeName,
        endpoints,
        token: store.token,
        file,
        orders: orders.urlOf(name),
        jobs: deployed(crew.deployment),
        options: {
          service,
          nodeName: name,
          deployment: crew.deployment + 1,
          leaseMs: 3_000,
          graceMs: 500,
          requestTimeoutMs: 2_000,
          maxSilenceMs: 10_000,
          startTimeoutMs: 300_000,
          drainMs: 8_000,
        },
      };
      const started = await fleet.start({
        name,
        program: "test/chaos/campaign/node.js",
        runtime: runtime.command({
          net: [...endpoints, told.orders].map((it) => new URL(it).host),
          env: ["CHAOS_NODE"],
          write: [folder],
        }),
        env: { CHAOS_NODE: JSON.stringify(told) },
      });
      place.process = started;
      void started.exited.then((code) => {
        if (expected.has(name)) return;
        // Whoever gets a gateway's page for an answer before it is a member gives up at once, as it does for a wrong URL;
        // starting it again is the supervisor's part, which is ours.
        const isRefused = code === 3 && place.process === started && !started.lines.some((line) => "joined" in line);
        if (isRefused) return void delay(200).then(() => place.state === "starting" ? crew.hire(place) : undefined);
        breaches.push({ rule: "no process ends by itself", detail: `${name}: ${code}; ${started.text.slice(-2_000)}` });
        place.state = "empty";
      });
      void (async () => {
        while (place.process === started && place.state === "starting") {
          if (started.lines.some((line) => "joined" in line)) place.state = "working";
          await delay(20);
        }
      })();
    },
    async kill(place) {
      await leave(place, "SIGKILL")?.kill();
      place.state = "empty";
    },
    async stop(place, forMs) {
      place.state = "disturbed";
      const entry = away(place, "SIGSTOP");
      place.process?.pause();
      await delay(forMs);
      place.process?.resume();
      entry.until = Date.now();
      place.state = "working";
    },
    async dismiss(place) {
      const leaving = leave(place, "SIGTERM");
      if (leaving !== undefined) {
        try {
          const code = await leaving.terminate(endsWithinMs);
          if (code !== 0) {
            breaches.push({ rule: "no node wedged", detail: `${leaving.name} left with ${code}; ${leaving.text}` });
          }
        } catch (error) {
          breaches.push({ rule: "no node wedged", detail: String(error) });
          await leaving.kill();
        }
      }
      place.state = "empty";
    },
    cut(place) {
      place.state = "disturbed";
      const entry = away(place, "cut off");
      return () => {
        entry.until = Date.now();
        place.state = "working";
      };
    },
    async end() {
      await fleet.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return crew;
}
