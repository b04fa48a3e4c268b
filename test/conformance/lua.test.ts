/**
 * The scripts of Redis as a linter reads them: every name is given or local, used, and stands for one thing.
 */
import { describe, expect, it } from "vitest";
import type { Script } from "../../adapters/redis/Script.ts";
import { beat } from "../../adapters/redis/scripts/beat.ts";
import { exchange } from "../../adapters/redis/scripts/exchange.ts";
import { byKey } from "../../adapters/redis/scripts/byKey.ts";
import { inSet } from "../../adapters/redis/scripts/inSet.ts";
import type { Kind } from "../../adapters/redis/scripts/kinds.ts";
import { destroy, keys, shelved } from "../../adapters/redis/scripts/rest.ts";
import { faultsIn } from "../support/lua.ts";

/** What Redis gives every script, and of the language what hosted stores have too. */
const given = [
  "ARGV",
  "KEYS",
  "redis",
  "error",
  "ipairs",
  "math",
  "pairs",
  "string",
  "table",
  "tonumber",
  "type",
  "unpack",
];

const scripts: ReadonlyArray<readonly [name: string, script: Script]> = [
  ...([byKey, inSet] as const satisfies ReadonlyArray<Kind>).flatMap((kind) =>
    [exchange(kind), beat(kind), destroy(kind)].map((it) => [`${kind.name}: ${it.name}`, it] as const)
  ),
  ["both: keys", keys],
  ["both: shelved", shelved],
];

describe("the script of", () => {
  it.each(scripts)("%s has no global, no name that is not used, none that hides another", (_, { text }) => {
    expect(faultsIn(text, given)).toEqual([]);
  });
});

/**
 * Lines that are neither empty nor a comment: of each function once (of those that differ between the drivers, both; of a
 * script's body, the longer), and of the frame that every body stands in once.
 */
const lines = (): number => {
  const frame = 3;
  const functions = new Map<string, number>();
  for (const [, { name, text }] of scripts) {
    for (const part of text.split(/^(?=local function )/m).slice(1)) {
      const code = part.split("\n").map((line) => line.trim()).filter((line) => line !== "" && !line.startsWith("--"));
      const isBody = part.startsWith("local function run(");
      const [key, count] = isBody ? [name, code.length - frame] : [part, code.length];
      functions.set(key, Math.max(functions.get(key) ?? 0, count));
    }
  }
  return [...functions.values()].reduce((sum, count) => sum + count, frame);
};

it("all scripts together have at most 271 lines", () => {
  const count = lines();
  console.log(`${count} lines of Lua`);
  expect(count).toBeGreaterThan(150);
  expect(count).toBeLessThanOrEqual(271);
});

describe("what would be found:", () => {
  it.each([
    ["a global that is read", "return foo", "foo is global"],
    ["a global that is written", "foo = 1", "foo is global"],
    ["a local that is not used", "local foo = 1", "foo is not used"],
    ["a local that is only written", "local foo\nfoo = 1", "foo is not used"],
    ["a function that is not called", "local function foo() end", "foo is not used"],
    ["a parameter that is not used", "local function f(foo) end\nf()", "foo is not used"],
    ["a variable of a loop that is not used", "for foo in pairs(KEYS) do end", "foo is not used"],
    ["a name that hides another", "local foo = 1\ndo local foo = 2 type(foo) end\nreturn foo", "foo hides another"],
    ["a parameter that hides a local", "local x = 1\nlocal function f(x) return x end\nreturn f(x)", "x hides another"],
    ["a name that hides what is given", "local type = 1\nreturn type", "type hides another"],
    [
      "a variable of outside in a function",
      "local x = 1\nlocal function f() return x end\nreturn f()",
      "x is of outside f",
    ],
  ])("%s", (_, script, fault) => {
    expect(faultsIn(script, given).join()).toContain(fault);
  });

  it("nothing in what is in order", () => {
    const sound =
      "local function g(a) return a end\nlocal function f(a, _) local b = a + g(1) return b end\nreturn f(#KEYS)";
    expect(faultsIn(sound, given)).toEqual([]);
  });

  it("and what is no Lua of Redis", () => {
    expect(() => faultsIn("local x <const> = 1", given)).toThrow();
  });
});
