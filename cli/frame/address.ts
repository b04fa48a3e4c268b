/**
 * Where the store is and who asks: from options, standard input and the environment.
 */
import { wrongUse } from "./exit.ts";
import type { Host } from "./Host.ts";
import type { Secrets } from "./secrets.ts";

/** Options of every command that needs a store. */
export interface StoreOptions {
  readonly service?: string;
  readonly url?: string;
  readonly token?: string;
  readonly tokenStdin?: boolean;
  readonly user?: string;
  readonly driver?: string;
  readonly prefix?: string;
  readonly timeout: string;
  readonly insecure?: boolean;
}

/** The drivers by name; `auto`: the one that the members use. */
export const driverNames = ["auto", "redis", "redis-zset", "etcd"] as const;
export type DriverName = typeof driverNames[number];

/** How a store is reached. */
export interface Address {
  readonly way: "tcp" | "upstash" | "etcd";
  /** URLs without credentials; of etcd one or more. */
  readonly urls: ReadonlyArray<string>;
  readonly user: string | undefined;
  /** Token or password. */
  readonly secret: string | undefined;
  /** Which option or variable told the address, for messages. */
  readonly from: string;
}

/** How it is to be reached. */
export interface Way {
  readonly address: Address;
  readonly driver: DriverName;
  readonly prefix: string | undefined;
  readonly timeoutMs: number;
  readonly allowInsecure: boolean;
}

const allowed =
  "redis://host:6379, rediss://host (TLS), https://name.upstash.io, etcd://host:2379 or etcds://host:2379 (TLS)";

/** Variables of others that hold an address, in no order: of two, nobody knows which is meant. */
const others = ["UPSTASH_REDIS_REST_URL", "ETCD_ENDPOINTS", "REDIS_URL"] as const;

const present = (env: Host["env"], name: string): string | undefined => {
  const value = env[name]?.trim();
  return value === "" ? undefined : value;
};

const addressText = (options: StoreOptions, env: Host["env"]): readonly [text: string, from: string] => {
  if (options.url !== undefined) return [options.url, "--url"];
  const own = present(env, "RINGCRON_URL");
  if (own !== undefined) return [own, "RINGCRON_URL"];
  const set = others.filter((name) => present(env, name) !== undefined);
  const [name] = set;
  if (name === undefined) {
    throw wrongUse(`where is the store? Set RINGCRON_URL, or give --url: ${allowed}`);
  }
  if (set.length > 1) {
    throw wrongUse(`${set.join(" and ")} are both set: say which is meant with RINGCRON_URL or --url`);
  }
  return [present(env, name) ?? "", name];
};

const ways: Readonly<Record<string, readonly [way: Address["way"], scheme: string]>> = {
  "redis:": ["tcp", "redis:"],
  "rediss:": ["tcp", "rediss:"],
  "http:": ["upstash", "http:"],
  "https:": ["upstash", "https:"],
  "etcd:": ["etcd", "http:"],
  "etcds:": ["etcd", "https:"],
};

interface Part {
  readonly way: Address["way"];
  readonly url: string;
  readonly user: string | undefined;
  readonly secret: string | undefined;
}

const decoded = (text: string): string | undefined => text === "" ? undefined : decodeURIComponent(text);

const partOf = (text: string, from: string, isEtcd: boolean): Part => {
  // What is wrong is not shown: it may hold a password.
  const wrong = (why: string) => wrongUse(`${from}: ${why}; allowed: ${allowed}`);
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw wrong("is no URL");
  }
  const [named, scheme] = ways[url.protocol] ?? [];
  if (named === undefined || scheme === undefined) throw wrong(`${url.protocol}// is no way to a store`);
  const way = isEtcd && named === "upstash" ? "etcd" : named;
  if (way !== "tcp" && (url.search !== "" || url.hash !== "")) throw wrong("has a query or fragment");
  const [user, secret] = [decoded(url.username), decoded(url.password)];
  url.username = "";
  url.password = "";
  // The scheme of a URL that is none of the Web's cannot be set.
  return { way, url: url.href.replace(url.protocol, scheme).replace(/\/+$/, ""), user, secret };
};

const secretOf = async (options: StoreOptions, host: Host, way: Address["way"]): Promise<string | undefined> => {
  if (options.tokenStdin === true) {
    const [line = ""] = (await host.input()).split("\n");
    if (line.trim() === "") throw wrongUse("--token-stdin: standard input is empty; allowed: the token on one line");
    return line.trim();
  }
  const ofWay = { tcp: "REDIS_PASSWORD", upstash: "UPSTASH_REDIS_REST_TOKEN", etcd: "ETCD_PASSWORD" }[way];
  return options.token ?? present(host.env, "RINGCRON_TOKEN") ?? present(host.env, ofWay);
};

/** Finds out where the store is. What is secret is kept first. */
export const readAddress = async (options: StoreOptions, host: Host, secrets: Secrets): Promise<Address> => {
  secrets.keep(options.token);
  for (const name of ["RINGCRON_TOKEN", "UPSTASH_REDIS_REST_TOKEN", "ETCD_PASSWORD", "REDIS_PASSWORD"]) {
    secrets.keep(present(host.env, name));
  }
  const [text, from] = addressText(options, host.env);
  const isEtcd = options.driver === "etcd" || from === "ETCD_ENDPOINTS";
  const parts = text.split(",").map((it) => partOf(it.trim(), from, isEtcd));
  for (const { secret } of parts) secrets.keep(secret);
  const [first] = parts as [Part, ...Array<Part>];
  if (parts.length > 1 && first.way !== "etcd") throw wrongUse(`${from}: more than one address; only etcd has several`);
  if (parts.some(({ way }) => way !== first.way)) throw wrongUse(`${from}: the addresses are not of one store`);
  const secret = await secretOf(options, host, first.way) ?? first.secret;
  secrets.keep(secret);
  const user = options.user ?? first.user ?? (first.way === "etcd" ? present(host.env, "ETCD_USER") : undefined);
  return { way: first.way, urls: parts.map(({ url }) => url), user, secret, from };
};
