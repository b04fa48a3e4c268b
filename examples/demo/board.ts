/**
 * What the audience knows at the moment: members, owners, what ran where, and what is worth telling.
 *
 * @module
 */
import type { Dropped, News, Seen, Started } from "./news.ts";
import { isTakeOver } from "./observer.ts";
import type { DemoJob } from "./scenario.ts";

/** How a node is. */
export interface NodeRow {
  readonly name: string;
  status: "starting" | "alive" | "dead" | "leaving" | "left";
  diedAt: number | undefined;
  /** When the others had noticed its death. */
  noticedAt: number | undefined;
}

/** How a job is. */
export interface JobRow {
  readonly job: DemoJob;
  owner: string | undefined;
  /** All starts, oldest first. */
  readonly starts: Array<Started>;
}

/** Something worth telling, with the time it happened. */
export type Entry =
  & { readonly at: number }
  & (
    | {
      readonly _tag: "Run";
      readonly run: Started;
      /** Who would have run it, had it not died. */
      readonly insteadOf: string | undefined;
      /** Who ran it before, if the job has only moved, to keep the load balanced. */
      readonly movedFrom: string | undefined;
    }
    | { readonly _tag: "Rerun"; readonly run: Started; readonly insteadOf: string | undefined }
    | { readonly _tag: "Up"; readonly owned: ReadonlyMap<string, ReadonlyArray<string>> }
    | { readonly _tag: "Died"; readonly node: string }
    | {
      readonly _tag: "Noticed";
      readonly node: string;
      readonly afterMs: number;
      /** Who owns which of its jobs from now on. */
      readonly heirs: ReadonlyMap<string, ReadonlyArray<string>>;
    }
    | Extract<News, { _tag: "Joined" | "Leaving" | "Left" | "Trouble" }>
    | Dropped
  );

/** The board. */
export interface Board {
  readonly nodes: ReadonlyMap<string, NodeRow>;
  readonly jobs: ReadonlyMap<string, JobRow>;
  readonly entries: ReadonlyArray<Entry>;
  /** Whether every node has seen all the others. */
  readonly isUp: boolean;
  readonly learn: (news: News) => void;
  readonly learnDeath: (node: string) => void;
  /** The jobs a node owns. */
  readonly ownedBy: (node: string) => ReadonlyArray<string>;
}

/** An empty board; `tell` is called with each entry. */
export const createBoard = (
  nodeNames: ReadonlyArray<string>,
  jobList: ReadonlyArray<DemoJob>,
  tell: (entry: Entry) => void,
): Board => {
  const nodes = new Map(nodeNames.map((name): [string, NodeRow] => [
    name,
    { name, status: "starting", diedAt: undefined, noticedAt: undefined },
  ]));
  const jobs = new Map(jobList.map((job): [string, JobRow] => [job.name, { job, owner: undefined, starts: [] }]));
  const entries: Array<Entry> = [];
  const complete = new Set<string>();
  let version = 0;
  let upAt = Infinity;
  let dead: NodeRow | undefined;

  const add = (entry: Entry): void => {
    entries.push(entry);
    tell(entry);
  };
  const ownedBy = (node: string) => [...jobs.values()].filter(({ owner }) => owner === node).map(({ job }) => job.name);

  const learnStart = (run: Started): void => {
    const row = jobs.get(run.job);
    if (row === undefined) return;
    const at = run.startedAt;
    // While the fleet gathers, jobs find their places: who ran one then says nothing about who should now.
    const previous = row.starts.findLast(({ kind, startedAt }) => kind !== "rerun" && startedAt >= upAt);
    row.starts.push(run);
    if (run.kind === "rerun") {
      const first = row.starts.find(({ dueAt }) => dueAt === run.dueAt);
      return add({ _tag: "Rerun", at, run, insteadOf: first?.node });
    }
    const isSteppingIn = isTakeOver(previous, run, dead?.name);
    const isElsewhere = previous !== undefined && previous.node !== run.node;
    add({
      _tag: "Run",
      at,
      run,
      insteadOf: isSteppingIn ? previous?.node ?? row.owner : undefined,
      movedFrom: dead !== undefined && isElsewhere && !isSteppingIn ? previous.node : undefined,
    });
  };

  const learnView = (seen: Seen): void => {
    if (seen.members.length === nodes.size) complete.add(seen.node);
    if (nodes.get(seen.node)?.status === "dead" || seen.version < version) return;
    version = seen.version;
    const isNoticed = dead !== undefined && dead.noticedAt === undefined && !seen.members.includes(dead.name);
    const orphans = isNoticed && dead !== undefined ? ownedBy(dead.name) : [];
    for (const row of jobs.values()) row.owner = seen.owners[row.job.name];
    const at = Date.now();
    if (isNoticed && dead !== undefined) {
      dead.noticedAt = at;
      const heirs = new Map(
        nodeNames.map((name) => [name, orphans.filter((job) => jobs.get(job)?.owner === name)]),
      );
      add({ _tag: "Noticed", at, node: dead.name, afterMs: at - (dead.diedAt ?? at), heirs });
    }
    if (upAt === Infinity && complete.size === nodes.size) {
      upAt = at;
      add({ _tag: "Up", at, owned: new Map(nodeNames.map((name) => [name, ownedBy(name)])) });
    }
  };

  const statuses = { Joined: "alive", Leaving: "leaving", Left: "left" } as const;

  return {
    nodes,
    jobs,
    entries,
    get isUp() {
      return upAt < Infinity;
    },
    ownedBy,
    learn(news) {
      switch (news._tag) {
        case "Started":
          return learnStart(news);
        case "Seen":
          return learnView(news);
        case "Joined":
        case "Leaving":
        case "Left": {
          const row = nodes.get(news.node);
          if (row === undefined || row.status === "dead") return;
          row.status = statuses[news._tag];
          return add({ ...news, at: Date.now() });
        }
        case "Dropped":
        case "Trouble":
          return add({ ...news, at: Date.now() });
      }
    },
    learnDeath(name) {
      const row = nodes.get(name);
      if (row === undefined) return;
      dead = row;
      row.status = "dead";
      row.diedAt = Date.now();
      add({ _tag: "Died", at: row.diedAt, node: name });
    },
  };
};
