/**
 * Runs one bench, or all: `npm run bench [-- NAME]`.
 *
 * @module
 */
import { readdirSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL(".", import.meta.url));
const names = readdirSync(folder).filter((file) => file.endsWith(".js") && file !== "main.js")
  .map((file) => file.slice(0, -".js".length)).sort();
const wanted = process.argv.slice(2);
const strange = wanted.find((name) => !names.includes(name));
if (strange !== undefined) {
  console.error(`no bench is called ${strange}; there are: ${names.join(", ")}`);
  process.exitCode = 1;
} else {
  for (const name of wanted.length > 0 ? wanted : names) {
    console.log(`\n${name}`);
    await import(new URL(`${name}.js`, import.meta.url).href);
  }
}
