/**
 * Reading sources the way import rules need: files, imports, and code without its comments and texts.
 *
 * @module
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { projectRoot } from "./project.ts";

/** A source file of the project. */
export interface Source {
  /** Relative to the project, with slashes. */
  readonly path: string;
  readonly text: string;
}

/** One module that a file names. */
export interface Import {
  readonly specifier: string;
  /** Erased by the compiler. */
  readonly typeOnly: boolean;
}

/** The `.ts` files under folders of the project. */
export function sources(...folders: string[]): Source[] {
  return folders
    .map((folder) => join(projectRoot, folder))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder, { withFileTypes: true, recursive: true }))
    .filter((it) => it.isFile() && it.name.endsWith(".ts"))
    .map((it) => join(it.parentPath, it.name))
    .sort()
    .map((file) => ({ path: relative(projectRoot, file), text: readFileSync(file, "utf8") }));
}

/** Everything that a file imports or re-exports, also by `import(…)`. */
export function importsOf(text: string): Import[] {
  const code = strip(text, { keepTexts: true });
  const statements = code.matchAll(/^[ \t]*(import|export)\b([^;"'`]*?\bfrom\s*|\s*)["']([^"'\n]+)["']/gm);
  const calls = code.matchAll(/\bimport\s*\(\s*["'`]([^"'`\n]+)["'`]/g);
  return [
    ...[...statements].map((it) => ({ specifier: it[3] as string, typeOnly: /^\s+type\b/.test(it[2] as string) })),
    ...[...calls].map((it) => ({ specifier: it[1] as string, typeOnly: false })),
  ];
}

/** The path of a relative import, as seen from the file that holds it. */
export function resolveImport(from: string, specifier: string): string {
  return join(dirname(from), specifier);
}

/** The code without comments and, unless they are kept, without the contents of texts and regular expressions. */
export function strip(text: string, { keepTexts = false }: { keepTexts?: boolean } = {}): string {
  const scanner = new Scanner(text, keepTexts);
  scanner.code(undefined);
  return scanner.out;
}

const string = /(["'])(?:\\[\s\S]|(?!\1)[^\\\n])*\1/y;
const expression = /\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/y;
const comment = /\/\/[^\n]*|\/\*[\s\S]*?\*\//y;

class Scanner {
  out = "";
  #at = 0;
  readonly #text: string;
  readonly #keepTexts: boolean;

  constructor(text: string, keepTexts: boolean) {
    this.#text = text;
    this.#keepTexts = keepTexts;
  }

  /** Reads code up to `end`, which closes the expression of a template, or to the end of the file. */
  code(end: "}" | undefined): void {
    let depth = 0;
    while (this.#at < this.#text.length) {
      const char = this.#text[this.#at] as string;
      if (end && char === end && depth === 0) return;
      if (this.#skip(comment)) this.out += " ";
      else if (char === '"' || char === "'") this.#literal(string, char);
      else if (char === "`") this.#template();
      else if (char === "/" && /(?:^|[=(,:[!&|?{};>]|\breturn)\s*$/.test(this.out)) this.#literal(expression, "/");
      else {
        if (char === "{") depth++;
        if (char === "}") depth--;
        this.out += char;
        this.#at++;
      }
    }
  }

  #template(): void {
    this.out += "`";
    this.#at++;
    while (this.#at < this.#text.length) {
      const char = this.#text[this.#at] as string;
      if (char === "\\") this.#inside(2);
      else if (this.#text.startsWith("${", this.#at)) {
        this.#at += 2;
        this.out += "${";
        this.code("}");
        this.out += "}";
        this.#at++;
      } else if (char === "`") {
        this.out += "`";
        this.#at++;
        return;
      } else this.#inside(1);
    }
  }

  #literal(pattern: RegExp, quote: string): void {
    const found = this.#match(pattern) ?? quote;
    this.out += this.#keepTexts || found === quote ? found : quote + quote;
    this.#at += found.length;
  }

  #inside(length: number): void {
    if (this.#keepTexts) this.out += this.#text.slice(this.#at, this.#at + length);
    this.#at += length;
  }

  #skip(pattern: RegExp): boolean {
    const found = this.#match(pattern);
    this.#at += found?.length ?? 0;
    return found !== undefined;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.#text)?.[0];
  }
}
