/**
 * Commands that need a store: their options, and a client while they are carried out.
 */
import { type Command, Option } from "commander";
import type { Client } from "ringcron/promise";
import { driverNames, readAddress, type StoreOptions } from "./address.ts";
import { wrongUse } from "./exit.ts";
import type { Reached } from "./Reached.ts";
import type { Session } from "./Session.ts";
import { wholeNumber } from "./values.ts";

/** Adds the options of where the store is. */
export const withStore = (command: Command): Command =>
  command
    .optionsGroup("The store:")
    .option("-s, --service <name>", "the name that the fleet shares (RINGCRON_SERVICE)")
    .option("-u, --url <address>", "redis://, rediss://, https:// (Upstash), etcd:// or etcds:// (RINGCRON_URL)")
    .option("--token-stdin", "the token or password is the first line of standard input")
    .option("--token <token>", "the token, seen by all on this machine; better RINGCRON_TOKEN or --token-stdin")
    .option("--user <name>", "the user that the password is for")
    .addOption(new Option("--driver <name>", "how members are kept").choices([...driverNames]).default("auto"))
    .option("--prefix <text>", "before all keys, if nodes have another one than by default")
    .option("--timeout <ms>", "how long an answer is waited for", "5000")
    .option("--insecure", "permit http to another machine, where the token can be read on the way");

/** What a command has while it is carried out. */
export interface Fleet {
  readonly session: Session;
  readonly service: string;
  readonly store: Reached;
  readonly client: Client;
}

/** The name of the service that is meant. */
const serviceOf = ({ service }: StoreOptions, session: Session): string => {
  const named = service ?? session.host.env.RINGCRON_SERVICE;
  if (named !== undefined && named !== "") return named;
  throw wrongUse("which service? Set RINGCRON_SERVICE, or give --service");
};

/** Carries out a command with a client of the service that is meant. */
export const withFleet = async <A>(
  session: Session,
  command: Command,
  use: (fleet: Fleet) => Promise<A>,
): Promise<A> => {
  const { host, secrets } = session;
  const options = command.optsWithGlobals<StoreOptions>();
  const service = serviceOf(options, session);
  const timeoutMs = wholeNumber("--timeout", options.timeout, 1, 600_000);
  const driver = driverNames.find((it) => it === options.driver) ?? "auto";
  const address = await readAddress(options, host, secrets);
  const way = { address, driver, prefix: options.prefix, timeoutMs, allowInsecure: options.insecure === true };
  // Loaded here: the commands that need no store are to answer at once.
  const [{ reach }, { createClient }] = await Promise.all([import("./Reached.ts"), import("ringcron/promise")]);
  const store = await session.wait(reach(way, service), "waiting for the store");
  try {
    await using client = await createClient({ service, driver: store.layer });
    return await session.wait(use({ session, service, store, client }), "waiting for the store");
  } finally {
    store.close();
  }
};
