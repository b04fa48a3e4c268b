/**
 * Laws about copies of what people ask of schedules in the store, and of all jobs: whenever they arrive, they undo nothing that was
 * done since.
 */
import * as Effect from "effect/Effect";
import * as Engine from "../../../core/engine/Engine.ts";
import { defaults } from "../../../core/words/Policy.ts";
import type { ControlRequest } from "../../../core/words/Request.ts";
import type { ScheduleCommand } from "../../../core/words/ScheduleRequest.ts";
import { nameOf } from "../../../core/words/Schedules.ts";
import type { Store } from "../../../Store.ts";
import { ended } from "../kit.ts";
import * as requests from "../requests.ts";
import { type Checking, holds, type Kept, law, same, type StoreLaw } from "./kit.ts";

const isChange = (request: Engine.StoreRequest): boolean =>
  request._tag === "Exchange" &&
  request.items.some((it) => it._tag === "Change" && it.rows.some(({ put }) => put !== undefined));

const sent = (store: Store, request: Engine.StoreRequest): Checking<Engine.StoreReply> =>
  request._tag === "Exchange"
    ? store.exchange(request)
    : request._tag === "StoreBeat"
    ? store.beat(request)
    : request._tag === "Keys"
    ? Effect.map(store.keys(request.service, request.cursor), (it) => ({ _tag: "Keys", ...it } as const))
    : Effect.die(`nothing here asks for ${request._tag}`);

/** Somebody who asks over a store, and what lets the changes that were sent for a command arrive once more. */
const asking = ({ service, store }: Kept) => {
  const engine = Engine.make(store.limits);
  let clock = 0;
  let changes: Array<Engine.StoreRequest> = [];
  const ask = <Q extends Engine.EngineRequest>(request: Q): Checking<Engine.AnswerTo<Q>> =>
    Effect.gen(function* () {
      const operation = engine.begin(request, () => clock);
      let step = operation.next([]);
      while (step.done !== true) {
        const replies: Array<Engine.StoreReply> = [];
        for (const it of step.value.requests) {
          if (isChange(it)) changes.push(it);
          const reply = yield* sent(store, it);
          if ("storeTime" in reply) clock = reply.storeTime;
          replies.push(reply);
        }
        step = operation.next(replies);
      }
      return step.value;
    });
  const command = (it: ScheduleCommand) => ask({ _tag: "Schedules", service, command: it });
  const control = (it: ControlRequest["command"]) => ask({ _tag: "Control", service, command: it });
  const copied = (asked: Checking<unknown>): Checking<Checking<unknown>> =>
    Effect.gen(function* () {
      const copies = changes = [];
      yield* asked;
      return Effect.forEach(copies, (it) => sent(store, it));
    });
  return { ask, command, control, copied, twice: (it: ScheduleCommand) => copied(command(it)) };
};

const putting = (id: string, schedule = "@yearly"): ScheduleCommand => ({
  _tag: "Put",
  puts: [{ id, definition: { handler: "report", schedule, policies: defaults, enabled: true } }],
});

/** The laws. */
export const copies: ReadonlyArray<StoreLaw> = [
  // R58.
  law(
    "a copy of what was asked of a schedule undoes nothing that was done since, however soon it arrives",
    Effect.fnUntraced(function* (kept: Kept) {
      if (kept.store.shelved === undefined) return;
      const { service } = kept;
      const { ask: request, command: ask, twice } = asking(kept);
      yield* request(requests.beat(service, "n"));
      const get = (id: string) => Effect.map(ask({ _tag: "Get", ids: [id] }), ({ schedules: [it] }) => it);
      const remove = (id: string): ScheduleCommand => ({ _tag: "Remove", id });
      const created = yield* twice(putting("a"));
      const first = yield* get("a");
      const removed = yield* twice(remove("a"));
      yield* created;
      yield* same("a put revives nothing", yield* get("a"), undefined);
      const again = yield* twice(putting("a"));
      const second = yield* get("a");
      yield* removed;
      yield* same("a removal takes nothing that was put since", (yield* get("a"))?.version, second?.version);
      yield* holds("whose version grows", (second?.version ?? 0) > (first?.version ?? 0), second);
      yield* ask(remove("a"));
      yield* Effect.andThen(created, again);
      yield* same("nor does an older one", yield* get("a"), undefined);

      yield* ask(putting("b"));
      const changed = yield* twice(putting("b", "@daily"));
      yield* ask(putting("b"));
      yield* changed;
      yield* same("a change is not made again", (yield* get("b"))?.definition.schedule, "@yearly");
      const paused = yield* twice({ _tag: "Pause", id: "b" });
      const resumed = yield* twice({ _tag: "Resume", id: "b", missed: "catch-up" });
      yield* paused;
      yield* same("nor a pause", (yield* get("b"))?.state.paused, false);
      yield* ask({ _tag: "Pause", id: "b" });
      yield* resumed;
      yield* same("nor is it ended again", (yield* get("b"))?.state.paused, true);

      const triggered = yield* twice({ _tag: "Trigger", id: "b", key: "k" });
      yield* triggered;
      const asked = yield* get("b");
      yield* same("a trigger is one", asked?.state.active.length, 1);
      const definition = asked?.state.definition ?? "";
      const incarnation = "n";
      const items = [requests.item(nameOf("report", "b"), "n.1", { definition })];
      const expiresAt = Number.MAX_SAFE_INTEGER;
      const claim = { _tag: "Claim", service, incarnation, deployment: 1, expiresAt, items } as const;
      const { results: [claimed] } = yield* request(claim);
      const runs = claimed?.runs ?? [];
      yield* same("is run once", runs.length, 1);
      yield* triggered;
      yield* request({ _tag: "Complete", service, incarnation, items: runs.map((it) => ended(it)) });
      yield* triggered;
      const last = yield* get("b");
      yield* same("and not again", last?.state.active, []);
    }),
  ),
  law(
    "a copy of a pause of all jobs, or of its end, undoes nothing that was done since, however soon it arrives",
    Effect.fnUntraced(function* (kept: Kept) {
      const { service } = kept;
      const { ask, control, copied } = asking(kept);
      const areAllPaused = Effect.fnUntraced(function* (job: string) {
        const items = [requests.item(job, `${job}.1`)];
        const claim = { _tag: "Claim", service, incarnation: "n", deployment: 1, items } as const;
        yield* ask({ ...claim, expiresAt: Number.MAX_SAFE_INTEGER });
        const { jobs: [it] } = yield* ask({ _tag: "Peek", service, jobs: [job], history: false });
        return it?.paused;
      });
      yield* ask(requests.beat(service, "n"));
      const pause = { _tag: "PauseAll", by: "anna" } as const;
      const resume = { _tag: "ResumeAll", missed: "skip" } as const;
      const first = yield* copied(control(pause));
      const ended = yield* copied(control(resume));
      yield* first;
      yield* same("they are not paused again", yield* areAllPaused("a"), false);
      const second = yield* copied(control(pause));
      yield* Effect.andThen(first, ended);
      yield* same("nor do they go on again", yield* areAllPaused("b"), true);
      yield* control(resume);
      yield* Effect.andThen(first, second);
      yield* same("whichever pause it was", yield* areAllPaused("c"), false);
    }),
  ),
];
