import { rmSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { compilePrograms, runProgram } from "../../support/doc-programs.ts";
import { blocksOf, docsOf, linksOf, missingLine, programsOf, slugsOf } from "../../support/markdown.ts";
import { strangeCommands } from "../../support/shell-commands.ts";

const fence = "```";
const document = `# Title

${fence}ts
const a: number = 1;
console.log("a", a);
${fence}
${fence}text output
a …
${fence}

Words.

${fence}ts continues
console.log("again", a + 1);
${fence}

- In a list:
  ${fence}ts run=3s
  setInterval(() => console.log("tick"), 10);
  ${fence}

${fence}ts check
const wrong: number = "text";
${fence}

${fence}sh
npm ci && npm run demo -- --redis   # a comment
${fence}
`;

describe("the blocks of a document", () => {
  it("are found with their places, flags and outputs", () => {
    const blocks = blocksOf(document, "README.md");
    expect(blocks.map(({ line, language, flags }) => [line, language, ...flags])).toEqual([
      [4, "ts"],
      [8, "text", "output"],
      [14, "ts", "continues"],
      [19, "ts", "run=3s"],
      [23, "ts", "check"],
      [27, "sh"],
    ]);
    const programs = programsOf(blocks);
    expect(programs.map((it) => [it.name, it.runForMs, it.output])).toEqual([
      ["README.md:4", undefined, "a …"],
      ["README.md:14", undefined, undefined],
      ["README.md:19", 3_000, undefined],
      ["README.md:23", undefined, undefined],
    ]);
    expect(programs[1]?.code.split("\n")[13]).toBe(`console.log("again", a + 1);`);
    expect(() => programsOf(blocksOf(`${fence}ts sometimes\n${fence}`, "README.md"))).toThrow("README.md:2: sometimes");
    expect(() => blocksOf(`${fence}ts\n`, "README.md")).toThrow("README.md:1: the block has no end");
  });

  it("are found in documentation comments, and not in other comments", () => {
    const source = [
      "/**",
      " * Words.",
      ` * ${fence}ts`,
      " * const a = 1;",
      " *",
      ` * ${fence}`,
      " */",
      "/*",
      ` * ${fence}ts`,
      ` * ${fence}`,
      " */",
      "/** One line. */",
    ].join("\n");
    expect(blocksOf(docsOf(source), "a.ts").map(({ line, code }) => [line, code])).toEqual([[4, "const a = 1;\n"]]);
  });

  it("are compiled together and run one by one", async () => {
    const printing = programsOf(
      blocksOf(`${fence}ts\nconsole.log(1)\n${fence}\n${fence}text output\n2\n${fence}`, "a.md"),
    );
    const failing = programsOf(blocksOf(`${fence}js\nconsole.error("no");\n${fence}`, "b.md"));
    const endless = programsOf(blocksOf(`${fence}ts\nsetInterval(() => {}, 9);\n${fence}`, "c.md"));
    const compiled = await compilePrograms([
      ...programsOf(blocksOf(document, "d.md")),
      ...printing,
      ...failing,
      ...endless,
    ]);
    try {
      const [first, second, third, fourth, wrong, complaining, stuck] = compiled as [
        typeof compiled[0],
        ...typeof compiled,
      ];
      expect(compiled.map((it) => it.errors.length)).toEqual([0, 0, 0, 1, 0, 0, 0]);
      expect(fourth?.errors[0]).toMatch(/^d\.md\(23,7\): error TS2322/);
      for (const good of [first, second, third]) await runProgram(good as typeof first, {}, 10_000);
      await expect(runProgram(wrong as typeof first, {}, 10_000)).rejects.toThrow(
        "a.md:2 did not print, or not in this place: 2",
      );
      await expect(runProgram(complaining as typeof first, {}, 10_000)).rejects.toThrow(/b\.md:2 complained[^]*no/);
      await expect(runProgram(stuck as typeof first, {}, 300)).rejects.toThrow("c.md:2 did not end within 0.3 s");
    } finally {
      rmSync(dirname(dirname((compiled[0] as typeof compiled[0]).file)), { recursive: true });
    }
  });

  it("print what is shown, in order, with gaps where they are shown", () => {
    const printed = "one 1\n\ntwo 2\nthree 3\n";
    expect(missingLine("one …\n…\nthree 3", printed)).toBeUndefined();
    expect(missingLine("…\ntwo …", printed)).toBeUndefined();
    expect(missingLine("one …\nthree …", printed)).toBe("three …");
    expect(missingLine("…\nthree …\ntwo …", printed)).toBe("two …");
  });
});

describe("links", () => {
  it("are those of the prose, with their headings", () => {
    const text = [
      "# One & two",
      "[a](b.md) ![c](d.png) `[no](e)` [f]( <g.md#h> )",
      `${fence}ts`,
      "const x = [1](2);",
      fence,
      "[ref]: i.md",
      "## `Code`, and — more",
    ].join("\n");
    expect(linksOf(text)).toEqual(["b.md", "d.png", "g.md#h", "i.md"]);
    expect(slugsOf(text)).toEqual(["one--two", "code-and--more"]);
  });
});

describe("commands shown", () => {
  it("are scripts of the package or known forms", () => {
    const scripts = { demo: "", test: "" };
    const good =
      "git clone https://example.org/a.git\nnpm ci && npm test\nnpm run demo -- --redis\ndeno add jsr:@ringcron/ringcron";
    expect(strangeCommands(good, scripts)).toEqual([]);
    expect(strangeCommands("npm run nothing\nnpm instal ringcron # words\n$ npm test", scripts)).toEqual([
      "npm run nothing",
      "npm instal ringcron",
    ]);
  });
});
