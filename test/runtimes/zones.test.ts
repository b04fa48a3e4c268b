/**
 * Processes over a real Redis, one of which has another table of a zone: its `Intl` is wrapped before the library is loaded.
 */
import { expect, it } from "vitest";
import type { FleetNode } from "../support/fleet-node.ts";
import { createFleet, type FleetProcess } from "../support/processes.ts";
import { useRedisOverHttp } from "../support/redis-over-http.ts";
import { startNode } from "../support/start-node.ts";

const served = useRedisOverHttp();

/** A Berlin that has no summer time any more. */
const wrapped = `data:text/javascript,${
  encodeURIComponent(`
    const Real = Intl.DateTimeFormat;
    Intl.DateTimeFormat = function (locale, options) {
      const isDoctored = options?.timeZone === "Europe/Berlin";
      return new Real(locale, isDoctored ? { ...options, timeZone: "Etc/GMT-1" } : options);
    };
  `)
}`;

it(
  "a process with other zone data is told by all, each fire is still started once, and it is over when it has left",
  async () => {
    await using fleet = createFleet();
    const node: FleetNode = {
      options: { service: "zones", maxSilenceMs: 10_000 },
      jobs: [
        { name: "each-second", schedule: "* * * * * *", options: { timeZone: "Europe/Berlin" } },
        { name: "berlin", schedule: "0 9 * * *", options: { timeZone: "Europe/Berlin" } },
        { name: "new-york", schedule: "0 9 * * *", options: { timeZone: "America/New_York" } },
      ],
    };
    const join = async (name: string, nodeArgs: ReadonlyArray<string>): Promise<FleetProcess> => {
      const process = await startNode(fleet, served.endpoint, name, node, { nodeArgs });
      await process.waitForLine((line) => "joined" in line, 15_000, "joining");
      return process;
    };
    interface Divergence {
      readonly _tag: string;
      readonly zones: ReadonlyArray<string>;
      readonly jobs: ReadonlyArray<string>;
      readonly members: ReadonlyArray<{ readonly name: string }>;
    }
    const told = ({ lines }: FleetProcess) =>
      lines.flatMap((line) => {
        const event = line.event as Divergence | undefined;
        if (event?._tag !== "ScheduleDivergence") return [];
        return [[event.zones, event.jobs, event.members.map(({ name }) => name).sort()]];
      });
    const starts = () => fleet.lines.flatMap(({ dueAt, start }) => start === "each-second" ? [dueAt as number] : []);

    const agreeing = [await join("a", []), await join("b", [])];
    const other = await join("c", ["--import", wrapped]);
    await fleet.waitForLines(() => fleet.processes.every((it) => told(it).length > 0), 30_000, "all to tell it");
    const difference = (...names: ReadonlyArray<string>) => [["Europe/Berlin"], ["berlin", "each-second"], names];
    expect(agreeing.map(told)).toEqual([[difference("c")], [difference("c")]]);
    expect(told(other)).toEqual([difference("a", "b")]);

    const before = starts().length;
    await fleet.waitForLines(() => starts().length >= before + 3, 30_000, "three more fires");
    expect(await other.terminate(15_000)).toBe(0);
    await fleet.waitForLines(() => agreeing.every((it) => told(it).length > 1), 30_000, "its end to be told");
    expect(agreeing.map((it) => told(it).slice(1))).toEqual([[[[], [], []]], [[[], [], []]]]);
    expect(new Set(starts()).size).toBe(starts().length);
  },
  120_000,
);
