import { readFileSync } from "node:fs";
import { join } from "node:path";
import { transformSync } from "rolldown/utils";
import { describe, expect, it } from "vitest";
import { lists, mutants } from "../mutants/all.ts";
import { mutated, occurrences, substitute } from "../mutants/mutant.ts";
import { projectRoot } from "../support/project.ts";
import { type Source, sources, strip } from "../support/source.ts";

const read = (file: string): string => readFileSync(join(projectRoot, file), "utf8");

const compiled = (file: string, text: string): string => {
  const { code, errors } = transformSync(file, text);
  expect(errors, file).toEqual([]);
  return code;
};

describe("mutants", () => {
  it("are at least twenty, each with a name of its own that can name a folder", () => {
    const names = mutants.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThanOrEqual(20);
    expect(names.filter((name) => !/^[a-z]+([-+][a-z]+)*$/.test(name))).toEqual([]);
  });

  it("edit what occurs exactly once in its file", () => {
    const edits = mutants.flatMap(({ edits, name }) => edits.map((edit) => ({ ...edit, name })));
    const wrong = edits.filter(({ file, from }) => occurrences(read(file), from) !== 1);
    expect(wrong.map(({ file, from, name }) => `${name}: ${occurrences(read(file), from)} times in ${file}: ${from}`))
      .toEqual([]);
  });

  it("are programs, and other programs than the library", () => {
    for (const mutant of mutants) {
      for (const [file, text] of mutated(mutant)) {
        expect(compiled(file, text), mutant.name).not.toBe(compiled(file, read(file)));
      }
    }
  });

  it("are hunted by a test of each list", () => {
    for (const list of Object.keys(lists)) {
      expect(read(`test/property/mutations-${list}.test.ts`)).toContain(`expectNoticed(lists.${list})`);
    }
  });

  it("promise to be noticed by something", () => {
    expect(mutants.filter(({ broken, rate }) => broken.length === 0 && rate === undefined)).toEqual([]);
  });
});

it("an edit that fits nowhere, or twice, is refused", () => {
  const edit = { file: "a.ts", from: "now > then", to: "false" };
  expect(substitute("if (now > then) return;", [edit])).toBe("if (false) return;");
  expect(substitute("now > then", [{ ...edit, to: "$& || $'" }])).toBe("$& || $'");
  expect(() => substitute("then > now", [edit])).toThrow("a.ts has 0 times");
  expect(() => substitute("now > then || now > then", [edit])).toThrow("a.ts has 2 times");
});

describe("the library holds no switch for its own rules", () => {
  /** A name of such a switch, or a look-up of a name that is written down: what a rule depends on is data. */
  const switches = /\bwithout\b|\bhas\(\s*(draft\b|""|''|``)/g;
  const found = (source: Source): ReadonlyArray<string> =>
    [...strip(source.text).matchAll(switches)].map(([it]) => `${source.path}: ${it}`);

  it("in src and adapters, laws and their looks at answers aside", () => {
    const library = sources("src", "adapters").filter(({ path }) => !path.startsWith("src/testing/laws/"));
    expect(library.flatMap(found)).toEqual([]);
  });

  it.each([
    'if (late && has(draft, "early")) return;',
    'if (context.without?.has("early") !== true) return;',
    "readonly without?: ReadonlySet<string> | undefined;",
    'if (draft.config.rules.has("early")) return;',
  ])("which would be found: %s", (text) => {
    expect(found({ path: "a.ts", text })).not.toEqual([]);
  });
});
