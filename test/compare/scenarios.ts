/**
 * What is done to a fleet of three processes, the same for every contender.
 *
 * Times count from the start of the window, in milliseconds. All is well before the first step and after the last one.
 *
 * @module
 */

/** What a scenario can do. A step does not wait for the one before it. */
export interface Stage {
  /** Starts a process of this name, also in place of one that is gone. */
  start(name: string): Promise<void>;
  /** SIGTERM, and waits until it is gone. */
  leave(name: string): Promise<void>;
  /** SIGKILL. */
  kill(name: string): Promise<void>;
  /** SIGSTOP. */
  pause(name: string): void;
  /** SIGCONT. */
  resume(name: string): void;
  /** Delays the store's replies. */
  delay(ms: number, jitterMs: number): void;
  /** Cuts everybody off from the store. */
  cut(): void;
  mend(): void;
}

/** One scenario. */
export interface Scenario {
  readonly name: string;
  /** One line for the legend. */
  readonly does: string;
  /** The wrong clocks of the first three processes. Milliseconds. */
  readonly skewMs?: ReadonlyArray<number>;
  readonly steps: ReadonlyArray<readonly [atMs: number, step: (stage: Stage) => void | Promise<void>]>;
}

const restart = (name: string) => async (stage: Stage): Promise<void> => {
  await stage.leave(name);
  await stage.start(name);
};

/** All scenarios, in the order of the table. */
export const scenarios: ReadonlyArray<Scenario> = [
  { name: "none", does: "nothing goes wrong", steps: [] },
  {
    name: "lag",
    does: "for 16 s each reply of the store comes 200 to 300 ms later",
    steps: [[3_000, (stage) => stage.delay(200, 100)], [19_000, (stage) => stage.delay(0, 0)]],
  },
  {
    name: "skew",
    does: "the clocks of the three processes are off by +5 s, -5 s and +1.5 s",
    skewMs: [5_000, -5_000, 1_500],
    steps: [],
  },
  {
    name: "join and leave",
    does: "three more processes join, four leave with SIGTERM",
    steps: [
      [2_500, (stage) => stage.start("d")],
      [5_500, (stage) => stage.start("e")],
      [9_300, (stage) => stage.leave("a")],
      [12_700, (stage) => stage.leave("b")],
      [14_100, (stage) => stage.start("f")],
      [17_500, (stage) => stage.leave("d")],
      [19_700, (stage) => stage.leave("e")],
    ],
  },
  {
    name: "crash",
    does: "each process is killed with SIGKILL once, after, before and in a run, and started again 2 s later",
    // Due instants are at 3 s, 9 s and 15 s.
    steps: [["a", 3_100], ["b", 8_985], ["c", 15_020]].flatMap(([name, atMs]) => [
      [atMs as number, (stage: Stage) => stage.kill(name as string)] as const,
      [atMs as number + 2_000, (stage: Stage) => stage.start(name as string)] as const,
    ]),
  },
  {
    name: "pause",
    does: "two processes stand still (SIGSTOP) for 6 s, one after the other",
    steps: [
      // Shortly before a due instant, when who runs it may be settled already.
      [4_900, (stage) => stage.pause("a")],
      [10_900, (stage) => stage.resume("a")],
      [13_700, (stage) => stage.pause("b")],
      [19_700, (stage) => stage.resume("b")],
    ],
  },
  {
    name: "outage",
    does: "nobody reaches the store for 8 s",
    steps: [[6_700, (stage) => stage.cut()], [14_700, (stage) => stage.mend()]],
  },
  {
    name: "rolling restart",
    does: "each process is ended with SIGTERM and started again, one after the other",
    steps: [[3_100, restart("a")], [9_300, restart("b")], [15_500, restart("c")]],
  },
];
