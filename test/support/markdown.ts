/**
 * Code blocks of documents and of documentation comments, as tests need them.
 *
 * What stands behind the language of a fence says how the block is tested:
 *
 * - nothing: it runs to its end, says nothing on standard error and exits with 0;
 * - `run=4s`: it runs for ever; after 4 s, when it must have printed something, it gets SIGTERM and must end;
 * - `continues`: it goes on where the block before it ended, and is tested together with it;
 * - `check`: its types are checked, it is not run;
 * - `file=PATH`: a file of a project that needs what is not installed here. `test/recipes` installs, checks and starts it.
 *
 * A block `text output` shows what the block before it prints: every line must come, in this order, where `…` stands
 * for any text, and a line `…` for any lines.
 *
 * @module
 */

/** A fenced block. */
export interface Block {
  readonly file: string;
  /** The line of its first line of code, from 1. */
  readonly line: number;
  readonly language: string;
  /** The words behind the language. */
  readonly flags: ReadonlyArray<string>;
  readonly code: string;
}

/** The fenced blocks of a Markdown text. */
export function blocksOf(markdown: string, file: string): Block[] {
  const blocks: Block[] = [];
  const lines = markdown.split("\n");
  for (let index = 0; index < lines.length; index++) {
    const [, indent, fence, info] = /^( *)(`{3,}|~{3,}) *(.*?) *$/.exec(lines[index] as string) ?? [];
    if (fence === undefined) continue;
    const first = index + 1;
    const isEnd = (line: string) =>
      line.trim().startsWith(fence) && line.trim().replaceAll(fence[0] as string, "") === "";
    do index++; while (index < lines.length && !isEnd(lines[index] as string));
    if (index === lines.length) throw new Error(`${file}:${first}: the block has no end`);
    const [language = "", ...flags] = (info as string).split(/\s+/);
    const code = lines.slice(first, index).map((line) =>
      line.startsWith(indent as string) ? line.slice(indent?.length) : line
    );
    blocks.push({ file, line: first + 1, language, flags, code: code.join("\n") });
  }
  return blocks;
}

/** The documentation comments of a source as Markdown in which every line has the number it has in the source. */
export function docsOf(source: string): string {
  let inside = false;
  return source.split("\n").map((line) => {
    const starts = !inside && /^\s*\/\*\*/.test(line);
    if (!inside && !starts) return "";
    inside = !line.includes("*/");
    return line.replace(/^\s*(\/\*\*|\*\/|\*) ?/, "").replace(/\*\/\s*$/, "");
  }).join("\n");
}

/** How long a block that never ends is to be run. */
export function runForMs(block: Block): number | undefined {
  const flag = block.flags.find((it) => it.startsWith("run="));
  if (flag === undefined) return undefined;
  const seconds = /^run=(\d+(?:\.\d+)?)s$/.exec(flag)?.[1];
  if (seconds === undefined) throw new Error(`${block.file}:${block.line}: ${flag} must be like run=4s`);
  return Number(seconds) * 1_000;
}

/** A program: one block, or several that continue one another, with what it is shown to print. */
export interface Program {
  /** `README.md:12`. */
  readonly name: string;
  readonly language: string;
  readonly flags: ReadonlyArray<string>;
  readonly runForMs: number | undefined;
  /** Every line has the number it has in the document, so that a compiler's message points there. */
  readonly code: string;
  readonly output: string | undefined;
}

const known = /^(run=.*|continues|check)$/;

/** The file that a block is, of a project that needs more than is installed here. */
export const fileOf = (block: Block): string | undefined =>
  block.flags.find((it) => it.startsWith("file="))?.slice("file=".length);

/** The programs among the blocks of one document. */
export function programsOf(blocks: ReadonlyArray<Block>): Program[] {
  const programs: Program[] = [];
  let before = "";
  blocks.forEach((block, index) => {
    if (!/^(ts|js|typescript|javascript)$/.test(block.language) || fileOf(block) !== undefined) return;
    const at = `${block.file}:${block.line}`;
    const strange = block.flags.find((it) => !known.test(it));
    if (strange) throw new Error(`${at}: ${strange} is not one of run=4s, continues, check, file=main.ts`);
    const next = blocks[index + 1];
    const continues = block.flags.includes("continues");
    if (continues && before === "") throw new Error(`${at}: there is no block that it could continue`);
    const start = continues ? before : "";
    before = start + "\n".repeat(block.line - 1 - start.split("\n").length + 1) + block.code;
    programs.push({
      name: at,
      language: block.language.slice(0, 1) === "t" ? "ts" : "js",
      flags: block.flags,
      runForMs: runForMs(block),
      code: before,
      output: next?.language === "text" && next.flags.includes("output") ? next.code : undefined,
    });
  });
  return programs;
}

/** The first line of `expected` that `printed` lacks, or undefined when it has them all in order. */
export function missingLine(expected: string, printed: string): string | undefined {
  const rest = printed.split("\n").map((it) => it.trimEnd());
  let free = false;
  for (const line of expected.split("\n").map((it) => it.trimEnd()).filter(Boolean)) {
    if (line.trim() === "…") {
      free = true;
      continue;
    }
    const parts = line.split("…").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    const pattern = new RegExp(`^${parts.join(".*")}$`);
    while (rest[0] === "") rest.shift();
    if (free) { while (rest.length > 0 && !pattern.test(rest[0] as string)) rest.shift(); }
    if (rest.length === 0 || !pattern.test(rest.shift() as string)) return line;
    free = false;
  }
  return undefined;
}

/** The text without its fenced blocks and its code. */
const prose = (markdown: string): string =>
  markdown.replace(/^( *)(`{3,}|~{3,})[^\n]*\n[\s\S]*?^\1\2[`~]* *$/gm, "").replace(/`[^`\n]*`/g, "`");

/** Where the links and pictures of a document lead. */
export const linksOf = (markdown: string): ReadonlyArray<string> => [
  ...[...prose(markdown).matchAll(/\]\(\s*<?([^)\s>]+)/g)].map((it) => it[1] as string),
  ...[...prose(markdown).matchAll(/^ *\[[^\]]+\]: *(\S+)/gm)].map((it) => it[1] as string),
];

/** What its headings are called in links. */
export const slugsOf = (markdown: string): ReadonlyArray<string> =>
  [...markdown.matchAll(/^#+ +(.*?) *$/gm)].map((it) =>
    (it[1] as string).toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-")
  );
