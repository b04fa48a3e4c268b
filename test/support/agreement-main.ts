/**
 * A process that prints what its runtime calculates, as one line of JSON. Its argument is the number of seeds.
 *
 * @module
 */
import process from "node:process";
import { agreement } from "./agreement.ts";

console.log(JSON.stringify(agreement(Number(process.argv[2] ?? 50))));
