/**
 * A real Chromium, driven by playwright-core, which is installed apart from the project.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import process from "node:process";
import type { Binary } from "../../support/binary.ts";
import { installProject } from "../../support/private-project.ts";

/** What of a page of playwright is used. */
export interface Page {
  readonly goto: (url: string) => Promise<{ readonly status: () => number } | null>;
  readonly evaluate: <A>(program: string) => Promise<A>;
  readonly click: (selector: string) => Promise<void>;
  readonly fill: (selector: string, text: string) => Promise<void>;
  readonly focus: (selector: string) => Promise<void>;
  readonly keyboard: { readonly press: (key: string) => Promise<void> };
  readonly waitForSelector: (selector: string, options?: { timeout?: number; state?: string }) => Promise<unknown>;
  readonly textContent: (selector: string) => Promise<string | null>;
  readonly screenshot: (options: { path: string; fullPage: boolean }) => Promise<unknown>;
  readonly on: (
    event: string,
    listener: (it: { message?: string; text?: () => string; type?: () => string }) => void,
  ) => void;
  readonly close: () => Promise<void>;
}

/** How a page is opened. */
export interface PageOptions {
  readonly viewport: { readonly width: number; readonly height: number };
  readonly colorScheme: "light" | "dark";
  readonly extraHTTPHeaders?: Readonly<Record<string, string>>;
}

/** A browser. */
export interface Browser {
  readonly newPage: (options: PageOptions) => Promise<Page>;
  readonly close: () => Promise<void>;
}

/** A browser, and axe, the judge of accessibility, as a script. */
export interface Tools {
  readonly browser: Browser;
  readonly axe: string;
}

/** Starts the browser. */
export const launch = async ({ env, file }: Binary): Promise<Tools> => {
  const folder = await installProject("test/browser/npm");
  const { chromium } = createRequire(join(folder, "package.json"))("playwright-core");
  // In a container, as root, it has no sandbox of its own; it loads nothing but our pages.
  const args = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"];
  const browser: Browser = await chromium.launch({ executablePath: file, env: { ...process.env, ...env }, args });
  return { browser, axe: readFileSync(join(folder, "node_modules", "axe-core", "axe.min.js"), "utf8") };
};
