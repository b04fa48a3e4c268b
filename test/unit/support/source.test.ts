import { expect, it } from "vitest";
import { importsOf, strip } from "../../support/source.ts";

it("strips comments and texts, and keeps the code inside templates", () => {
  const code = [
    "const a = 'Date.now()' // Date.now()",
    'const b = "it\'s" /* Date.now() */ + `x ${y("}", `${z}`)} Date.now()`',
    "const c = /['\"`]\\/[/]/g.test(d) / e / f",
  ].join("\n");
  expect(strip(code)).toBe(
    ["const a = ''  ", 'const b = ""   + `${y("", `${z}`)}`', "const c = //.test(d) / e / f"].join("\n"),
  );
});

it("finds imports of every form, and none in comments and texts", () => {
  const code = `
    import a from "one";
    import type { B } from "two";
    import {
      c,
      type D,
    } from "three";
    import "four";
    export * from "five";
    export type { E } from "six";
    const f = await import("seven");
    export const g = "import h from 'eight'";
    // import i from "nine";
    /** \`import j from "ten"\` */
    export const k = { from: "eleven" };`;
  const found = importsOf(code);
  expect(found.map((it) => it.specifier)).toEqual(["one", "two", "three", "four", "five", "six", "seven"]);
  expect(found.filter((it) => it.typeOnly).map((it) => it.specifier)).toEqual(["two", "six"]);
});
