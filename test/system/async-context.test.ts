/**
 * `AsyncLocalStorage`: a handler runs in the context in which its job was added, a listener in that in which it was registered,
 * and nothing else of a caller's context stays behind.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import { Cron, Job } from "ringcron";
import * as Memory from "ringcron/memory";
import { createCron } from "ringcron/promise";
import { expect, it } from "vitest";
import { waitFor } from "../support/wait.ts";
import { everySecond, useNodes } from "./support/nodes.ts";

const { make } = useNodes();

it("of whoever calls is not seen by jobs that were added elsewhere", async () => {
  const als = new AsyncLocalStorage<string>();
  const other = new AsyncLocalStorage<string>();
  const seen: Array<string | undefined> = [];
  const heard = new Set<string | undefined>();
  const within = <A>(name: string, run: () => A): A => als.run(name, () => other.run(`other ${name}`, run));
  const cron = await within("creates", () => make());
  const note = () => void seen.push(als.getStore());
  await cron.add("unrelated", everySecond, () => {
    note();
    als.enterWith("a handler");
  });
  const ofTenant = new Set<string | undefined>();
  await within("tenant", () =>
    cron.add("tenant", everySecond, async () => {
      ofTenant.add(als.getStore());
      await new Promise((resolve) => setTimeout(resolve, 5));
      ofTenant.add(other.getStore());
    }));
  within("listens", () => cron.on(() => heard.add(als.getStore())));
  await within("starts", () => cron.start());
  await waitFor(() => seen.length > 0, 5_000, "a run");
  await within("adds", () => cron.add("more", "@yearly", note));
  await within("triggers", () => cron.trigger("more"));
  await within("pauses", () => cron.pause("more"));
  await within("resumes", () => cron.resume("more"));
  within("looks", () => cron.jobs());
  await within("refreshes", () => cron.pool.refresh());
  await within("cancels", () => cron.cancelQueued("more"));
  await within("removes", () => cron.remove("more"));
  const before = seen.length;
  await waitFor(() => seen.length > before + 2, 8_000, "more runs");
  expect([...new Set(seen)].filter((it) => it !== "adds")).toEqual([undefined]);
  expect([...ofTenant].sort()).toEqual(["other tenant", "tenant"]);
  expect([...heard]).toEqual(["listens"]);
  await within("stops", () => cron.stop());
  expect(als.getStore()).toBe(undefined);
});

it("of the module that made everything is not kept either", async () => {
  const als = new AsyncLocalStorage<object>();
  const seen = new Set<object | undefined>();
  const cron = await als.run({}, async () => {
    const made = await createCron({ service: "inside", driver: Memory.layer(), logLevel: "none" });
    await made.start();
    return made;
  });
  await cron.add("job", everySecond, () => void seen.add(als.getStore()));
  await waitFor(() => seen.size > 0, 5_000, "a run");
  expect([...seen]).toEqual([undefined]);
  await cron.stop();
});

it("of the code that added it is that of an Effect handler too, and of whoever listens to its signal", async () => {
  const als = new AsyncLocalStorage<string>();
  const seen: Array<string | undefined> = [];
  const program = Effect.gen(function* () {
    const cron = yield* Cron.Cron;
    yield* cron.add(Job.make("job", everySecond, () =>
      Effect.gen(function* () {
        seen.push(als.getStore());
        yield* Effect.sleep(5);
        seen.push(als.getStore());
      })));
    yield* cron.start;
    yield* Effect.promise(() => waitFor(() => seen.length >= 2, 5_000, "a run"));
  });
  const layer = Layer.provide(Cron.layer({ service: "effects" }), Memory.layer());
  await als.run("effect", () => Effect.runPromise(Effect.scoped(Effect.provide(program, layer))));
  expect(new Set(seen)).toEqual(new Set(["effect"]));

  const heard: Array<string | undefined> = [];
  const cron = await make();
  await als.run(
    "adds",
    () =>
      cron.add("slow", everySecond, (run) =>
        new Promise((resolve) =>
          run.signal.addEventListener("abort", () => {
            heard.push(als.getStore());
            resolve(undefined);
          })
        ), { timeoutMs: 50 }),
  );
  await cron.start();
  await waitFor(() => heard.length > 0, 5_000, "the signal");
  expect(heard[0]).toBe("adds");
});
