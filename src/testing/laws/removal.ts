/**
 * Laws about jobs that nobody declares any more: they can be forgotten, and nothing else can.
 */
import * as Effect from "effect/Effect";
import type { Definition } from "../../core/words/Definition.ts";
import { defaults } from "../../core/words/Policy.ts";
import type { BeatRequest } from "../../core/words/Request.ts";
import { trigger } from "./commands.ts";
import { ended, holds, type Law, law, same, type Tested } from "./kit.ts";

/** A beat of who declares these jobs. */
const declaring = (...jobs: ReadonlyArray<string>): Partial<BeatRequest> => ({
  digest: `of ${jobs.join(" ")}`,
  declared: new Map(jobs.map((job) => [job, "definition"])),
});

const remove = { _tag: "Remove", job: "job" } as const;

/** The laws. */
export const removal: ReadonlyArray<Law> = [
  // R36.
  law(
    "a look tells who is there and what they declare, and makes nobody a member",
    Effect.fnUntraced(function* (store: Tested) {
      const { driver, service } = store;
      const look = (members?: boolean) =>
        driver.peek({ _tag: "Peek", service, jobs: ["job", "other"], history: false, members });
      yield* same("nobody", (yield* look(true)).members, []);
      yield* store.beat("a", declaring("job", "a|b"));
      yield* store.beat("b", { ...declaring("job"), state: "leaving", name: "other" });
      yield* store.claim("a", "job");
      const { jobs, members, storeTime } = yield* look(true);
      yield* same(
        "members",
        members?.map((it) => [it.incarnation, it.name, it.state, [...it.jobs.keys()].sort()]),
        [["a", "node a", "active", ["a|b", "job"]], ["b", "other", "leaving", ["job"]]],
      );
      yield* same("jobs", jobs.map(({ job }) => job), ["job"]);
      yield* holds("time", storeTime > 0, storeTime);
      yield* same("not unless it is asked for", (yield* look()).members, undefined);
      const { joined, members: after } = yield* store.beat("c", declaring());
      yield* same("who is a member", [joined, after?.map((it) => it.incarnation)], [true, ["a", "b", "c"]]);
    }),
  ),
  // R35.
  law(
    "a job that nobody declares is removed with all that belongs to it, and begins afresh when it is declared again",
    Effect.fnUntraced(function* (store: Tested) {
      yield* store.beat("n", declaring("job", "other"));
      const at = yield* Effect.map(store.claim("n", "job"), ({ watermark }) => watermark ?? 0);
      yield* store.claim("n", "other");
      const [, dueAt] = yield* store.queue(trigger("key"));
      const { runs } = yield* store.claim("n", "job", { overlap: "skip" });
      yield* store.complete(...runs.map((it) => ended(it)));
      yield* store.control({ _tag: "Pause", job: "job" });
      const before = yield* store.beat("n", declaring("other"));
      yield* Effect.sleep(3);
      yield* same("answer", yield* store.control(remove), "ok");
      yield* same("left", (yield* store.peek("job", "other")).map(({ job }) => job), ["other"]);
      yield* same("once more", yield* store.control(remove), "unknown");
      yield* same("a trigger", yield* store.queue(trigger("key")), ["unknown", undefined]);
      const after = yield* store.beat("n", { ...declaring("other"), overdueMs: 0 });
      yield* holds("all are to look again", after.version > before.version, after.version);
      yield* same("nothing of it waits", after.overdue.includes("job"), false);

      yield* store.beat("n", declaring("job", "other"));
      const again = yield* store.claim("n", "job");
      yield* same("registered anew", [again.status, again.queued, again.runs], ["new", 0, []]);
      yield* holds("it begins now", (again.watermark ?? 0) > at, again.watermark);
      yield* same("it is not paused", (yield* store.peek("job"))[0]?.paused, false);
      const [, asked] = yield* store.queue(trigger("key"));
      yield* holds("keys of before are forgotten", (asked ?? 0) > (dueAt ?? 0), asked);
    }),
  ),
  // R35.
  law(
    "a job is not removed while a member declares it or holds a run of it, or while fires of it wait",
    Effect.fnUntraced(function* (store: Tested) {
      const answer = Effect.map(
        store.driver.control({ _tag: "Control", service: store.service, command: remove }),
        ({ nodes, result }) => [result, nodes ?? []],
      );
      yield* store.beat("n", declaring());
      yield* same("unknown", yield* answer, ["unknown", []]);
      yield* store.beat("a", declaring("job"));
      yield* store.beat("b", declaring("job", "other"));
      yield* same("declared, and not yet registered", yield* answer, ["declared", ["node a", "node b"]]);
      const at = yield* Effect.map(store.claim("a", "job"), ({ watermark }) => watermark ?? 0);
      yield* store.beat("b", { state: "gone" });
      yield* same("declared", yield* answer, ["declared", ["node a"]]);
      const { runs: [run] } = yield* store.claim("a", "job", {
        from: at,
        to: at + 1,
        runs: [{ dueAt: at + 1, kind: "due" }],
      });
      yield* store.beat("a", declaring());
      yield* same("running", yield* answer, ["running", ["node a"]]);
      if (run !== undefined) yield* store.complete(ended(run, { holds: true, outcome: "timed-out" }));
      yield* same("its handler goes on", yield* answer, ["running", ["node a"]]);
      if (run !== undefined) yield* store.complete(ended(run));
      yield* store.queue(trigger("key"));
      yield* same("queued", yield* answer, ["queued", []]);
      yield* same("all of it is there", (yield* store.peek("job"))[0]?.active.length, 1);
      yield* store.beat("u", { digest: "nobody knows it", declared: undefined });
      yield* same("who has not told yet may declare it", yield* answer, ["declared", ["node u"]]);
      yield* store.beat("u", { state: "gone" });
      yield* store.control({ _tag: "Cancel", job: "job" });
      yield* same("nothing is in the way", yield* answer, ["ok", []]);
    }),
  ),
  law(
    "what jobs are is told once for all who declare the same, and goes with the job",
    Effect.fnUntraced(function* (store: Tested) {
      const { driver, service } = store;
      const of = (job: string, hash: string, timeoutMs?: number): readonly [string, Definition] => [job, {
        hash,
        schedule: "TZ=Europe/Berlin 0 9 * * *",
        written: "0 9 * * ?",
        policies: { ...defaults, timeoutMs },
      }];
      const tell = (digest: string, ...definitions: ReadonlyArray<readonly [string, Definition]>) =>
        Effect.map(
          driver.control({ _tag: "Control", service, command: { _tag: "Tell", digest, definitions } }),
          ({ count }) => count,
        );
      const kept = Effect.map(
        driver.peek({ _tag: "Peek", service, jobs: [], all: true, definitions: true, history: false }),
        ({ definitions = new Map<string, never>() }) =>
          [...definitions].map((
            [job, it],
          ) => [job, it.map(({ hash, policies: { timeoutMs = 0 } }) => [hash, timeoutMs])]),
      );
      yield* same("two", yield* tell("d1", of("job", "a"), of("other", "a", 5)), 2);
      yield* same("the same again", yield* tell("d1", of("job", "never looked at")), 0);
      yield* same("what is new of it", yield* tell("d2", of("job", "a"), of("other", "a", 6), of("third", "b")), 2);
      yield* same("kept", [...yield* kept].sort(), [
        ["job", [["a", 0]]],
        ["other", [["a", 6], ["a", 5]]],
        ["third", [["b", 0]]],
      ]);
      const { definitions } = yield* driver.peek({
        _tag: "Peek",
        service,
        jobs: ["job"],
        definitions: true,
        history: false,
      });
      yield* same("as it was told", definitions?.get("job"), [of("job", "a")[1]]);
      yield* same("removed", yield* store.control(remove), "ok");
      yield* same("gone", (yield* kept).map(([job]) => job).sort(), ["other", "third"]);
      yield* same("removed again", yield* store.control(remove), "unknown");
      yield* same("told again", yield* tell("d1", of("job", "a"), of("other", "a", 5)), 1);
    }),
  ),
  law(
    "a run whose node is gone does not keep a job that nobody declares: it is recorded as lost, or as cancelled if it was given back",
    Effect.fnUntraced(function* (store: Tested) {
      yield* store.beat("dead", declaring("job"));
      const at = yield* Effect.map(store.claim("dead", "job"), ({ watermark }) => watermark ?? 0);
      const { runs } = yield* store.claim("dead", "job", {
        from: at,
        to: at + 2,
        runs: [{ dueAt: at + 1, kind: "due" }, { dueAt: at + 2, kind: "due" }],
      });
      const [, back] = runs;
      if (back !== undefined) yield* store.complete(ended(back, { outcome: "abandoned", rerun: true }));
      yield* store.beat("dead", { state: "gone" });
      yield* same("answer", yield* store.control(remove), "ok");
      yield* same("left", yield* store.peek("job"), []);
      const history = (yield* store.history).flatMap((it) => it._tag === "Run" ? [[it.dueAt, it.outcome]] : []);
      yield* same("history", history, [[at + 1, "lost"], [at + 2, "cancelled"]]);
    }),
  ),
];
