/**
 * What an engine remembers of very many rows: each is asked for in one request as long as nobody else has changed it, whether what its
 * text was read as is still kept or not.
 */
import { describe, expect, it } from "vitest";
import * as Engine from "../../src/core/engine/Engine.ts";
import * as Known from "../../src/core/engine/Known.ts";
import { jobKey, type Seen } from "../../src/core/engine/rows.ts";
import * as reference from "../../src/core/ledger/reference-store.ts";
import type { ClaimReply } from "../../src/core/words/Request.ts";
import { beat, claim, item } from "../conformance/support/requests.ts";
import { operate } from "../support/operate.ts";

const service = "many";
const count = 10_000;
const names = Array.from({ length: count }, (_, index) => `job-${index}`);

it("is one request for 200 rows, of 10,000 that take turns", () => {
  const store = reference.empty();
  const engine = Engine.make({ rows: 200, bytes: 500_000 });
  let [requests, now] = [0, 1_000_000];
  const ask = <Q extends Engine.EngineRequest>(request: Q): Engine.AnswerTo<Q> =>
    operate(engine, request, () => now, (it) => {
      requests += 1;
      return reference.answer(store, it, now);
    });
  ask(beat(service, "n"));
  const marks = new Map<string, number>();
  for (const round of [0, 1, 2]) {
    requests = 0;
    for (let from = 0; from < count; from += 200) {
      const items = names.slice(from, from + 200).map((job) => {
        const mark = marks.get(job);
        return item(job, `n.${round}-${job}`, mark === undefined ? {} : { from: mark, to: mark + 1 });
      });
      const reply: ClaimReply = ask(claim(service, "n", items));
      for (const { job, status, watermark } of reply.results) {
        expect(status).toBe(round === 0 ? "new" : "ok");
        marks.set(job, watermark ?? 0);
      }
    }
    expect(requests, `round ${round}`).toBe(count / 200);
    now += 60_000;
  }
  expect(store.rows.get(jobKey("job-7"))).toContain("n.2-job-7");
  expect([...marks.values()].every((it) => it === marks.get("job-0"))).toBe(true);
});

describe("what rows were read as", () => {
  // Whatever it was: it is kept or not.
  const read = (key: string, turn: number): Seen => ({
    text: `${key} ${turn}`,
    version: `${key} ${turn}`,
    record: "newer",
  });
  const isRead = (known: Known.Known) => (key: string): boolean => known.row(key)?.record !== undefined;

  it("is kept of all that are in use", () => {
    const known = Known.make();
    for (const turn of [0, 1, 2]) for (const key of names) known.see(key, read(key, turn));
    expect(names.filter(isRead(known)).length).toBe(count);
  });

  it("is forgotten of those that were seen once, and their texts are not", () => {
    const known = Known.make();
    for (const key of names) known.see(key, read(key, 0));
    const rows = names.map((key) => known.row(key));
    expect(rows.filter((row) => row?.record !== undefined).length).toBeLessThanOrEqual(2_048);
    expect(rows.map((row) => row?.text)).toEqual(names.map((key) => `${key} 0`));
    expect(rows.map((row) => row?.version)).toEqual(names.map((key) => `${key} 0`));
  });

  it("is forgotten of those that are in use no more", () => {
    const known = Known.make();
    const all = Array.from({ length: 60_000 }, (_, index) => `${index}`);
    for (const key of all) for (const turn of [0, 1]) known.see(key, read(key, turn));
    expect(all.filter(isRead(known)).length).toBeLessThanOrEqual(34_816);
    expect(known.row("0")?.text).toBe("0 1");
  });
});
