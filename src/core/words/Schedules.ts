/**
 * How schedules in the store are named where jobs are. No service, node, job or handler has a `~` in its name, so nothing that is named
 * here is ever taken for one of them, and no schedule for another one, whatever its id is.
 */
import { hashOf } from "./hash.ts";
import type { Declared } from "./View.ts";

/**
 * How many partitions the ids of a handler hash into; handler and partition are a shelf, which is what the ring assigns. Every member
 * and every process that puts schedules must count alike, and what is in a store stays where it is: so it is the same for good.
 */
export const partitions = 64;

/** The name of a schedule where jobs have theirs. */
export const nameOf = (handler: string, id: string): string => `~${handler}~${id}`;

/** Whether a name is that of a schedule, and of no job. */
export const isSchedule = (name: string): boolean => name.charCodeAt(0) === 126 && name.includes("~", 1);

/** Whether a name is that of a job, and of nothing that has to do with schedules. */
export const isJob = (name: string): boolean => name.charCodeAt(0) !== 126;

/** What a schedule is called, and what it is for. */
export interface Parts {
  /** The handler that it starts. */
  readonly handler: string;
  /** Which of the handler's schedules it is. */
  readonly id: string;
}

/** The parts of the name of a schedule; undefined of any other name. */
export const partsOf = (name: string): Parts | undefined => {
  const end = name.charCodeAt(0) === 126 ? name.indexOf("~", 1) : -1;
  return end < 0 ? undefined : { handler: name.slice(1, end), id: name.slice(end + 1) };
};

/** What people are told instead of the name, among names of jobs: of a schedule its handler, with its id in parentheses. */
export const labelOf = (name: string): string => {
  const parts = partsOf(name);
  return parts === undefined ? name : `${parts.handler} (${parts.id})`;
};

/** What is due of a handler in one of its partitions. */
export const shelf = (handler: string, partition: number): string => `~${handler}#${partition}`;

/** All shelves of a handler. */
export const shelvesOf = (handler: string): ReadonlyArray<string> =>
  Array.from({ length: partitions }, (_, partition) => shelf(handler, partition));

/** The shelf of a schedule, by its id. */
export const shelfOf = ({ handler, id }: Parts): string => shelf(handler, hashOf(id) % partitions);

/** The handler of a shelf; undefined of any other name. */
export const handlerOf = (name: string): string | undefined => {
  if (name.charCodeAt(0) !== 126 || name.includes("~", 1)) return undefined;
  const end = name.indexOf("#");
  return end < 0 ? undefined : name.slice(1, end);
};

/** The name of a handler where jobs have theirs. */
export const handlerName = (handler: string): string => `~${handler}`;

/** What stands for the definition of a handler among those of jobs: it has none. */
const definition = "h";

/** What a member declares: its jobs, and among them its handlers under names that no job has. */
export const joined = (jobs: Declared, handlers: Iterable<string>): Declared => {
  const all = new Map(jobs);
  for (const handler of handlers) all.set(handlerName(handler), definition);
  return all;
};

interface Split {
  readonly jobs: Declared;
  readonly handlers?: ReadonlySet<string>;
}

const apart = (declared: Declared): Split => {
  const handlers = new Set<string>();
  for (const name of declared.keys()) if (name.charCodeAt(0) === 126) handlers.add(name.slice(1));
  if (handlers.size === 0) return { jobs: declared };
  return { jobs: new Map([...declared].filter(([name]) => name.charCodeAt(0) !== 126)), handlers };
};

const taken = new WeakMap<Declared, Split>();

/**
 * The same taken apart: the very map, where no handler is in it. Each map is taken apart once: members that declare the same share
 * their jobs then, by which ownership spares a question for each.
 */
export const split = (declared: Declared): Split => {
  let found = taken.get(declared);
  if (found === undefined) taken.set(declared, found = apart(declared));
  return found;
};
