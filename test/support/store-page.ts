/**
 * `docs/STORES.md` as tests need it: what may be under which name, and what the texts look like.
 *
 * A shape is a code span with `<names>` for what varies and `[ ]` around what may be missing.
 *
 * @module
 */

/** A row of a table of the page. */
export interface Documented {
  /** The names, or the title of a text that is the name. */
  readonly names: ReadonlyArray<string>;
  /** The title of the text that is there, a shape, or `empty`; undefined where the table tells none. */
  readonly text: string | undefined;
  /** The whole row. */
  readonly row: string;
}

/** What the page says. */
export interface StorePage {
  /** The shapes of each text, by its title in small letters. */
  readonly texts: ReadonlyMap<string, ReadonlyArray<string>>;
  /** The shape of an item of a list, by the name of the list. */
  readonly items: ReadonlyMap<string, string>;
  /** The tables: `redis`, `rows`, `instants`, `declared`, `etcd`. */
  readonly tables: ReadonlyMap<string, ReadonlyArray<Documented>>;
}

const code = (cell: string): ReadonlyArray<string> => [...cell.matchAll(/`([^`]+)`/g)].map((it) => it[1] ?? "");

/** Reads the page. */
export const storePageOf = (markdown: string): StorePage => {
  const texts = new Map<string, Array<string>>();
  const items = new Map<string, string>();
  const tables = new Map<string, Array<Documented>>();
  let [title, table, isTable] = ["", "", false];
  for (const line of markdown.replace(/^(An item of `\w+`:)\n/gm, "$1 ").split("\n")) {
    const [, depth, heading] = /^(#+) (.*)$/.exec(line) ?? [];
    if (heading !== undefined) [title, table] = [heading.toLowerCase(), depth === "##" ? heading.toLowerCase() : ""];
    table = /^(?:Fields|Members) of `(\w+)`/.exec(line)?.[1] ?? table;
    const [, list, item] = /^An item of `(\w+)`: `([^`]+)`/.exec(line) ?? [];
    if (list !== undefined && item !== undefined) items.set(list, item);
    const shape = /^`([^`]+)`$/.exec(line)?.[1];
    if (shape !== undefined) texts.set(title, [...texts.get(title) ?? [], shape]);
    const cells = line.startsWith("|") ? line.split("|").slice(1, -1).map((it) => it.trim()) : undefined;
    const [first = "", second = ""] = cells ?? [];
    if (isTable && cells !== undefined && table !== "" && !/^-+$/.test(first)) {
      const names = code(first);
      const text = cells.length === 3 ? code(second)[0] ?? second : undefined;
      tables.set(table, [...tables.get(table) ?? [], { names: names.length > 0 ? names : [first], text, row: line }]);
    }
    isTable = cells !== undefined;
  }
  return { texts, items, tables };
};

const lists = ["runs", "queue", "keys", "jobs", "facts", "definitions", "digests", "pieces", "kept"];

/** A shape as an expression for the whole of a text; what varies may be empty in texts, and in names not. */
export const matcherOf = (shape: string, isName = false): RegExp => {
  const source = shape.replace(/[.*+?^${}()|\\/]/g, "\\$&")
    .replace(/\[([^\]]*)\]/g, "(?:$1)?")
    .replace(/<(?:json|content)>/g, "[ -?A-~]*")
    .replace(/<policies>/g, "[^|;@]*")
    .replace(/<(\w+)>/g, (_, name: string) => lists.includes(name) ? "[^|]*" : `[^|,;:/@]${isName ? "+" : "*"}`);
  return new RegExp(`^${source}$`);
};

/** What of a text is not as the page says, in words; undefined if all of it is. */
export const strangeText = (page: StorePage, title: string, text: string): string | undefined => {
  const shapes = page.texts.get(title) ?? [title];
  const shape = shapes.find((it) => matcherOf(it).test(text));
  if (shape === undefined) return `not one of ${shapes.join(" or ")}: ${text}`;
  const [fields, values] = [shape.replace(/[[\]]/g, "").split("|"), text.split("|")];
  for (const [list, item] of page.items) {
    const value = values[fields.indexOf(`<${list}>`)];
    const strange = value?.split(list === "jobs" || list === "facts" ? "," : ";").find((it) =>
      it !== "" && !matcherOf(item).test(it)
    );
    if (strange !== undefined) return `not like ${item}: ${strange}`;
  }
  return undefined;
};
