/**
 * What a tick asks is what a look at the same jobs answers, with as many requests.
 */
import { expect, it } from "vitest";
import * as Bare from "../../src/core/engine/bare.ts";
import { peek } from "../../src/core/engine/commands.ts";
import * as Engine from "../../src/core/engine/Engine.ts";
import { jobKey } from "../../src/core/engine/rows.ts";
import { standing } from "../../src/core/engine/standing.ts";
import * as reference from "../../src/core/ledger/reference-store.ts";
import { beat, claim, item } from "../conformance/support/requests.ts";
import { operate } from "../support/operate.ts";

const limits = { rows: 2, bytes: 500_000 };

it("a look at where jobs stand tells what a whole one tells of them", () => {
  const [store, now] = [reference.empty(), 1_000_000];
  const answer = (it: Engine.StoreRequest) => reference.answer(store, it, now);
  const engine = Engine.make(limits);
  operate(engine, beat("s", "n"), () => now, answer);
  operate(engine, claim("s", "n", [item("a", "n.1"), item("b", "n.2"), item("c", "n.3")]), () => now, answer);
  const from = Number(
    operate(engine, { _tag: "Peek", service: "s", jobs: ["a"], history: false }, () => now, answer).jobs[0]?.watermark,
  );
  const runs = [{ dueAt: from + 5, kind: "due" as const }];
  operate(engine, claim("s", "n", [item("a", "n.4", { from, to: from + 5, runs })]), () => now, answer);
  store.rows.set(jobKey("broken"), "1 what nobody has written");
  const seen: Array<unknown> = [];
  for (const jobs of [[], ["a"], ["a", "b", "c", "broken", "unknown"]]) {
    const request = { _tag: "Peek", service: "s", jobs, history: false } as const;
    const told = [peek, standing].map((procedure) => {
      let requests = 0;
      const bare = Bare.make(limits);
      const begin = { begin: () => bare.begin(procedure, request, () => now) };
      const reply = operate(begin as never, request, () => now, (it) => {
        requests += 1;
        return answer(it);
      });
      return { reply, requests };
    });
    expect(told[1]).toEqual(told[0]);
    seen.push(told[1]?.reply);
    expect(told[0]?.requests).toBe(Math.max(1, Math.ceil(jobs.length / limits.rows)));
  }
  expect(seen[1]).toMatchObject({ jobs: [{ job: "a", active: [{ dueAt: from + 5 }] }] });
  expect(seen[2]).toMatchObject({ unreadable: ["broken"], jobs: [{ job: "a" }, { job: "b" }, { job: "c" }] });
});
