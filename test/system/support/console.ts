/**
 * What a program writes to the console, as people would read it.
 *
 * @module
 */
import { inspect } from "node:util";
import { vi } from "vitest";

/** What was written so far, one text per call. */
export interface Written {
  readonly texts: ReadonlyArray<string>;
  /** Writes to the real console again. */
  restore(): void;
}

/** Takes everything that is written to the console from now on. */
export function takeConsole(): Written {
  const texts: Array<string> = [];
  const methods = ["log", "info", "warn", "error", "debug", "trace", "group", "groupCollapsed"] as const;
  const spies = methods.map((method) =>
    vi.spyOn(console, method).mockImplementation((...args: Array<unknown>) => {
      texts.push(args.map((arg) => (typeof arg === "string" ? arg : inspect(arg, { depth: 20 }))).join(" "));
    })
  );
  return {
    texts,
    restore() {
      for (const spy of spies) spy.mockRestore();
    },
  };
}
