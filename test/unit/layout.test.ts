/**
 * Two releases in one fleet: who reads more writes what all read, and who meets more than it reads leaves it alone.
 */
import { beforeAll, describe, expect, it } from "vitest";
import * as Engine from "../../src/core/engine/Engine.ts";
import { afterLayout, layoutFor } from "../../src/core/ledger/layout.ts";
import * as reference from "../../src/core/ledger/reference-store.ts";
import { load } from "../mutants/build.ts";
import { beat, claim, item } from "../conformance/support/requests.ts";
import { operate } from "../support/operate.ts";

describe("the layout to write", () => {
  const span = { oldest: 2, newest: 4 };
  it.each([
    ["nobody is known", [], 2],
    ["all read more than we", [5, 6], 4],
    ["one reads less than we", [4, 3], 3],
    ["one reads what is no longer written", [4, 1], 2],
  ])("if %s", (_, reads, layout) => expect(layoutFor(reads, span)).toBe(layout));
});

it.each([["2|x", 2], ["2|", 2], ["2", "corrupt"], ["", "corrupt"], ["3", "newer"], ["999999|", "newer"], [
  "1|",
  "corrupt",
]])(
  "%j begins with a layout, or not",
  (text, after) => expect(afterLayout(text)).toBe(after),
);

describe("a release that reads one layout more", () => {
  let later: typeof Engine;
  beforeAll(async () => {
    const edits = [{ file: "src/core/ledger/layout.ts", from: "newest: 2 }", to: "newest: 3 }" }];
    later = await load({ name: "a-later-layout", edits }, "src/core/engine/Engine.ts");
  }, 60_000);

  const service = reference.empty();
  const at = (engine: Engine.Engine) => <Q extends Engine.EngineRequest>(request: Q): Engine.AnswerTo<Q> =>
    operate(engine, request, () => 5_000, (it) => reference.answer(service, it, 5_000));
  const limits = { rows: 200, bytes: 500_000 };
  const declared = new Map([["job", "definition"]]);
  const layoutOf = (job: string) => Number(service.rows.get(`j:${job}`)?.split("|")[0]);

  it("writes what all members read, and is left alone by who reads less", () => {
    const [old, young] = [at(Engine.make(limits)), at(later.make(limits))];
    young(claim("s", "young", [item("before", "young.0")]));
    expect(layoutOf("before"), "nobody is known").toBe(2);

    young(beat("s", "young", { declared, digest: "young" }));
    young(claim("s", "young", [item("alone", "young.1")]));
    expect(layoutOf("alone"), "it is alone").toBe(3);

    const met = old(beat("s", "old", { declared, digest: "old" }));
    expect(met.members?.map((it) => it.incarnation)).toEqual(["old", "young"]);
    expect(met.declared.get("young"), "what is declared is read by everybody").toEqual(declared);
    const text = service.rows.get("j:alone");
    const claimed = old(claim("s", "old", [item("alone", "old.1"), item("other", "old.2")]));
    expect(claimed.results.map(({ status }) => status)).toEqual(["newer", "new"]);
    expect(service.rows.get("j:alone")).toBe(text);
    for (const command of [{ _tag: "Pause", job: "alone" }, { _tag: "Trigger", job: "alone", key: "k" }] as const) {
      expect(() => old({ _tag: "Control", service: "s", command })).toThrow(
        expect.objectContaining({ detail: expect.stringContaining("by a later release") }),
      );
      expect(service.rows.get("j:alone")).toBe(text);
    }

    young(beat("s", "young", { digest: "young" }));
    young({ _tag: "Control", service: "s", command: { _tag: "Pause", job: "alone" } });
    expect(layoutOf("alone"), "both are members").toBe(2);
    expect(old(claim("s", "old", [item("alone", "old.3")])).results[0]?.status).toBe("paused");
  });
});
