/**
 * The life of one schedule as its definition: is there an order of all that was asked of it, in which each takes effect once between
 * its question and its answer, and every answer is what that order says? What had no answer may have taken effect or not, up to some
 * time after it was given up.
 *
 * @module
 */
import type { Asked } from "./sheets.ts";
import type { Content } from "./plan.ts";

/** What stands in the store: which put, and whether somebody has paused it. `undefined`: no schedule. */
export type Standing = { readonly put: string; readonly held: boolean } | undefined;

/** How long after it was given up, or the process was killed, something may still take effect: a request is refused 10 s after. */
export const lateMs = 14_000;

/** How long something may take that nobody has given up: a process may stand still, or be killed, in the middle of it. */
export const silentMs = 45_000;

/** The last instant at which something that was asked may have taken effect. */
export const latest = ({ answer, at }: Asked): number =>
  answer === undefined ? at + silentMs : answer.told === "error" ? answer.at + lateMs : answer.at;

/** Whether nobody knows what came of it. */
export const isDoubtful = ({ answer }: Asked): boolean => answer === undefined || answer.told === "error";

type Contents = ReadonlyMap<string, Content>;

const effectOf = (op: Extract<Asked["op"], { kind: "put" }>, standing: Standing, contents: Contents): Standing => {
  const before = standing === undefined ? undefined : contents.get(standing.put);
  // Under another handler it is another schedule, and nobody has paused that.
  return { put: op.content.put, held: standing?.held === true && before?.handler === op.content.handler };
};

/** What may stand after something has taken effect with the answer that it had; empty: it cannot have, where this stands. */
const after = ({ answer, op }: Asked, standing: Standing, contents: Contents): ReadonlyArray<Standing> => {
  const told = answer?.told ?? "error";
  const put = standing?.put;
  const isFree = !("ifPut" in op) || op.ifPut === undefined || op.ifPut === (put ?? "");
  const only = (is: boolean, next: Standing): ReadonlyArray<Standing> => is ? [next] : [];
  switch (op.kind) {
    case "put": {
      const isSame = put === op.content.put;
      const next = effectOf(op, standing, contents);
      if (told === "created") return only(standing === undefined && isFree, next);
      if (told === "updated") return only(standing !== undefined && !isSame && isFree, next);
      // A copy of the request may have come before it, and done it.
      if (told === "unchanged") return isSame ? [standing] : only(isFree, next);
      if (told === "conflict") return isFree ? only(op.ifPut !== undefined, next) : [standing];
      return only(isFree, isSame ? standing : next);
    }
    case "remove":
      if (told === "removed") return only(standing !== undefined && isFree, undefined);
      if (told === "none") return isFree ? [undefined] : [standing];
      return only(isFree, undefined);
    case "pause":
      if (told === "unknown") return only(standing === undefined, standing);
      return standing === undefined ? only(told === "error", standing) : [{ ...standing, held: true }];
    case "resume": {
      const isEnabled = contents.get(put ?? "")?.enabled === true;
      if (told === "unknown") return only(standing === undefined, standing);
      if (told === "disabled") return only(standing !== undefined && !isEnabled, standing);
      if (standing === undefined || !isEnabled) return only(told === "error", standing);
      return [{ ...standing, held: false }];
    }
    case "trigger":
      return told === "error" ? [standing] : only((standing === undefined) === (told === "unknown"), standing);
    case "get": {
      if (told === "error") return [standing];
      const { seen } = answer ?? {};
      if (seen === null || seen === undefined) return only(standing === undefined, standing);
      const enabled = contents.get(put ?? "")?.enabled === true;
      const isSo = seen.put === put && seen.enabled === enabled &&
        seen.paused === (standing?.held === true || !enabled);
      return only(isSo, standing);
    }
  }
};

/** A course that things may have taken so far: what stands, and what has taken effect of that which is under way. */
interface Course {
  readonly standing: Standing;
  /** Of what was answered. */
  readonly done: ReadonlySet<number>;
  /** Of that of which nobody knows what came of it. */
  readonly perhaps: ReadonlySet<number>;
}

const listed = (some: ReadonlySet<number>): string => [...some].sort((x, y) => x - y).join(",");

const keyOf = ({ done, standing }: Course): string =>
  `${standing?.put ?? ""} ${standing?.held === true} ${listed(done)}`;

const isWithin = (some: ReadonlySet<number>, all: ReadonlySet<number>): boolean => {
  if (some.size > all.size) return false;
  for (const it of some) if (!all.has(it)) return false;
  return true;
};

/**
 * Courses, without those of which another one can do all that they can: where the same stands, and less of what nobody knows has been
 * done, all of it may still come, or never.
 */
class Courses {
  readonly #by = new Map<string, Array<Course>>();
  size = 0;

  /** False if it can do nothing that those that are there cannot. */
  add(course: Course): boolean {
    const key = keyOf(course);
    const like = this.#by.get(key) ?? [];
    if (like.some(({ perhaps }) => isWithin(perhaps, course.perhaps))) return false;
    const rest = like.filter(({ perhaps }) => !isWithin(course.perhaps, perhaps));
    this.#by.set(key, [...rest, course]);
    this.size += 1 + rest.length - like.length;
    return true;
  }

  all(): ReadonlyArray<Course> {
    return [...this.#by.values()].flat();
  }
}

const withIt = (some: ReadonlySet<number>, it: number): ReadonlySet<number> => new Set(some).add(it);

const withoutIt = (some: ReadonlySet<number>, it: number): ReadonlySet<number> => {
  const rest = new Set(some);
  rest.delete(it);
  return rest;
};

/** More courses than this at a time are not followed. */
const maxCourses = 400_000;

/** What came of a look at one schedule: `undefined` if there is an order; or what has none, in a sentence. */
export const judge = (asked: ReadonlyArray<Asked>, contents: Contents): string | undefined => {
  const moments = asked.flatMap((it, index) => [
    { at: it.at, index, isEnd: false },
    { at: latest(it), index, isEnd: true },
  ]).sort((x, y) => x.at - y.at || Number(x.isEnd) - Number(y.isEnd));
  const under = new Set<number>();
  let courses = new Courses();
  courses.add({ standing: undefined, done: new Set(), perhaps: new Set() });
  for (const { index, isEnd } of moments) {
    const it = asked[index] as Asked;
    if (!isEnd) {
      under.add(index);
      continue;
    }
    // Everything that is under way may have taken effect by now, in any order; those with the least of it first.
    const all = new Courses();
    let round = courses.all().filter((course) => all.add(course));
    while (round.length > 0) {
      const next: Array<Course> = [];
      for (const { done, perhaps, standing } of round) {
        for (const other of under) {
          if (done.has(other) || perhaps.has(other)) continue;
          const about = asked[other] as Asked;
          for (const stands of after(about, standing, contents)) {
            const course = isDoubtful(about)
              ? { standing: stands, done, perhaps: withIt(perhaps, other) }
              : { standing: stands, done: withIt(done, other), perhaps };
            if (all.add(course)) next.push(course);
          }
        }
      }
      if (all.size > maxCourses) return `more than ${maxCourses} courses at ${it.name}: it cannot be judged`;
      round = next;
    }
    under.delete(index);
    const before = courses;
    courses = new Courses();
    for (const { done, perhaps, standing } of all.all()) {
      if (!done.has(index) && !isDoubtful(it)) continue;
      courses.add({ standing, done: withoutIt(done, index), perhaps: withoutIt(perhaps, index) });
    }
    if (courses.size === 0) {
      const stood = [...new Set(before.all().map(({ standing }) => JSON.stringify(standing ?? null)))];
      return `${JSON.stringify(it.op)} was answered ${JSON.stringify(it.answer)}, and what may have stood was ${
        stood.slice(0, 5).join(" or ")
      }; under way: ${[...under].map((other) => (asked[other] as Asked).name).join(", ") || "nothing"}`;
    }
  }
  return undefined;
};
