/**
 * Laws about those who are no members and have a lease: what they are handed is theirs until it is over.
 */
import * as Effect from "effect/Effect";
import { leased } from "../../core/ledger/lease.ts";
import { briefly, ended, type Law, law, same, type Tested } from "./kit.ts";

const hourMs = 3_600_000;

/** The laws. */
export const leases: ReadonlyArray<Law> = [
  // R56.
  law(
    "who has a lease is handed runs without being a member, and they are nobody else's until it is over",
    Effect.fnUntraced(function* (store: Tested) {
      const at = yield* store.register("job");
      const { storeTime } = yield* store.beat("n");
      const runs = [{ dueAt: at + 1, kind: "due" }] as const;
      const tick = leased(storeTime + hourMs, "one");
      const claimed = yield* store.claim(tick, "job", { from: at, to: at + 1, runs });
      yield* same("claimed", [claimed.status, claimed.runs.length], ["ok", 1]);
      const [run] = claimed.runs;
      const members = (yield* store.beat("n")).members?.map(({ incarnation }) => incarnation) ?? [];
      yield* same("members", members.includes(tick), false);
      for (const other of ["m", leased(storeTime + hourMs, "two")]) {
        const asked = yield* store.claim(other, "job", { rerun: true });
        yield* same(`asked by ${other}`, [asked.runs, asked.lost, asked.retryAt], [[], [], storeTime + hourMs + 2_000]);
      }
      yield* same("held", (yield* store.peek("job"))[0]?.active.map(({ holder }) => holder), [tick]);
      if (run !== undefined) yield* same("its end", yield* store.complete(ended(run)), ["ok"]);
      yield* same("waits for nobody", (yield* store.claim("m", "job")).retryAt, undefined);
    }),
  ),
  // R56.
  law(
    "a lease lasts as much longer as is asked for, of a run that goes on, and never shorter",
    Effect.fnUntraced(function* (store: Tested) {
      const at = yield* store.register("job");
      const { storeTime } = yield* store.beat("n");
      const runs = [{ dueAt: at + 1, kind: "due" }] as const;
      const tick = leased(storeTime + hourMs, "one");
      const { runs: [run] } = yield* store.claim(tick, "job", { from: at, to: at + 1, runs });
      if (run === undefined) return;
      const extend = (fence: number, hours: number) =>
        store.complete({ ...ended(run), fence, extendsTo: storeTime + hours * hourMs });
      const until = Effect.map(
        store.claim("n", "job", { rerun: true }),
        ({ retryAt, runs: taken }) => [retryAt, taken.length],
      );
      yield* same("extended", yield* extend(run.fence, 3), ["ok"]);
      yield* same("lasts", yield* until, [storeTime + 3 * hourMs + 2_000, 0]);
      yield* same("a late copy of less", yield* extend(run.fence, 2), ["ok"]);
      yield* same("lasts as long", yield* until, [storeTime + 3 * hourMs + 2_000, 0]);
      yield* same("another run", yield* extend(run.fence + 1, 3), ["gone"]);
      yield* same("its end", yield* store.complete(ended(run)), ["ok"]);
      yield* same("one that is over", yield* extend(run.fence, 4), ["gone"]);
    }),
  ),
  // R56.
  law(
    "whose lease is over, or ends absurdly late, is handed nothing, and what it had is another's",
    Effect.fnUntraced(function* (store: Tested) {
      const at = yield* store.register("job");
      const { storeTime } = yield* store.beat("n");
      const runs = [{ dueAt: at + 1, kind: "due" }] as const;
      for (const until of [storeTime - 1, storeTime + 1_000 * hourMs]) {
        const refused = yield* store.claim(leased(until, "late"), "job", { from: at, to: at + 1, runs });
        yield* same("refused", [refused.status, refused.runs], ["absent", []]);
      }
      const { briefMs, reply } = yield* briefly(
        (forMs) =>
          Effect.flatMap(
            store.beat("n"),
            ({ storeTime: now }) =>
              store.claim(leased(now + forMs, `for-${forMs}`), "job", { from: at, to: at + 1, runs, rerun: true }),
          ),
        ({ status }) => status !== "absent",
      );
      const { runs: [run] } = reply;
      yield* Effect.sleep(briefMs + 100);
      const taken = yield* store.claim("n", "job", { rerun: true });
      yield* same("taken over", taken.runs.map(({ attempt, dueAt, kind }) => [attempt, dueAt, kind]), [[
        2,
        at + 1,
        "rerun",
      ]]);
      if (run !== undefined) yield* same("its end comes too late", yield* store.complete(ended(run)), ["gone"]);
    }),
  ),
];
