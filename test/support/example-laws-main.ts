/**
 * A process that holds the driver of `examples/sqlite-driver.ts` to all laws, of a store and of a driver. Its argument is the file
 * of the data base; it prints a line of JSON for each law. A process of its own, as not every Node has SQLite. Two connections to
 * the file take turns: what one has answered, the other must know.
 *
 * @module
 */
import process from "node:process";
import * as Cause from "effect/Cause";
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import { Driver, Store } from "ringcron";
import { Laws } from "ringcron/testing";
import { store as open } from "../../examples/sqlite-driver.ts";

const connections = [open(process.argv[2] ?? ""), open(process.argv[2] ?? "")] as const;
let turn = 0;
const next = (): Store.Store => connections[turn++ % 2 === 0 ? 0 : 1];
const store: Store.Store = {
  ...next(),
  exchange: (request) => next().exchange(request),
  beat: (request) => next().beat(request),
};
const driver = Store.driver(store);

const tell = (law: string, exit: Exit.Exit<unknown, unknown>): void =>
  console.log(JSON.stringify({ law, ...(Exit.isFailure(exit) ? { broken: Cause.pretty(exit.cause) } : {}) }));

for (const { check, name } of Laws.store) {
  tell(name, await Effect.runPromiseExit(Effect.provideService(check, Store.Store, store)));
}
for (const { check, name } of Laws.all) {
  tell(name, await Effect.runPromiseExit(Effect.provideService(check, Driver.Driver, driver)));
}
