/**
 * A process that holds the drivers to the laws. Its arguments are the name of the runtime and the JSON of {@link Stores}, so
 * that it needs no permission but the network; it prints a line of JSON for each law and driver.
 *
 * @module
 */
import process from "node:process";
import type { Stores } from "./drivers.ts";
import { runLaws } from "./laws-run.ts";

const [runtime = "", stores = "{}"] = process.argv.slice(2);
await runLaws(runtime, JSON.parse(stores) as Stores, (result) => console.log(JSON.stringify(result)));
// A driver may keep a connection that would keep the process.
process.exit(0);
