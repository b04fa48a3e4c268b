import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { projectRoot } from "../support/project.ts";
import { sources, strip } from "../support/source.ts";

/** What a module of effect exports under a promise to change it at any time. */
function unsteady(module: string): Set<string> {
  const types = readFileSync(join(projectRoot, "node_modules/effect/dist", `${module}.d.ts`), "utf8");
  const found = types.matchAll(
    /@stability (?:unstable|experimental)(?:(?!\*\/)[^])*\*\/\s*export (?:declare )?(?:const|function|interface|type|class|namespace) (\w+)/g,
  );
  return new Set([...found].map((it) => it[1] as string));
}

it("uses nothing of effect that is not stable", () => {
  expect(unsteady("Schema").size + unsteady("Effect").size).toBeGreaterThan(0);
  const used: string[] = [];
  for (const { path, text } of sources("src", "adapters")) {
    const code = strip(text, { keepTexts: true });
    for (const [, name, module] of code.matchAll(/import (?:type )?\* as (\w+) from "effect\/(\w+)"/g)) {
      const unstable = unsteady(module as string);
      for (const [, member] of code.matchAll(new RegExp(`\\b${name}\\.(\\w+)`, "g"))) {
        if (unstable.has(member as string)) used.push(`${path}: ${module}.${member}`);
      }
    }
  }
  expect(used).toEqual([]);
});

it("names each module of effect as a whole, so that the rule above sees what is used", () => {
  const other = sources("src", "adapters").flatMap(({ path, text }) =>
    [...strip(text, { keepTexts: true }).matchAll(/^import (?!(?:type )?\* as )[^"]*"effect\/[^"]*"/gm)].map((it) =>
      `${path}: ${it[0]}`
    )
  );
  expect(other).toEqual([]);
});
