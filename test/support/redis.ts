/**
 * A private redis-server for a test: real, on a free port, gone afterwards.
 *
 * @module
 */
import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Guarded } from "./guarded.ts";
import { spawnGuarded } from "./guarded.ts";
import { freePort } from "./ports.ts";
import { findRedis, type RedisBinary } from "./redis-binary.ts";
import { connectResp, type RespArgument, type RespConnection, RespError, type RespReply, RespStatus } from "./resp.ts";

/** How a server is to be started. */
export interface RedisOptions {
  /** Whether writes go to an append-only file, and when that is synced. Default: `none`. */
  readonly persistence?: "none" | "always" | "everysec";
  /** Where the data go; kept afterwards. Default: a temporary folder, removed at the end. */
  readonly dir?: string;
  /** Default: a free one. */
  readonly port?: number;
  /** Further settings, such as `--aof-use-rdb-preamble`, `no`. */
  readonly args?: ReadonlyArray<string>;
  /** Variables that the server gets besides its own, such as those of a clock that can be moved. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A reply as text and numbers. */
export type RedisReply = string | number | bigint | null | RedisReply[];

/** A running server. */
export interface RedisServer {
  readonly port: number;
  readonly url: string;
  readonly dir: string;
  /** The server's pid; another one after `restart`. */
  readonly pid: number;
  /** Sends one command over a connection of its own; an error reply is thrown. */
  command(...args: RespArgument[]): Promise<RedisReply>;
  /** Sends a signal. For one that ends the server, resolves when it is gone; a stopped one stays until SIGCONT. */
  kill(signal: "SIGKILL" | "SIGTERM" | "SIGSTOP" | "SIGCONT"): Promise<void>;
  /** Starts it again on the same port and folder, after ending it in an orderly way if it still runs. */
  restart(): Promise<void>;
  /** Ends it and removes its temporary folder. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts a server and resolves when it answers. */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const binary = await findRedis();
  if (options.dir !== undefined) mkdirSync(options.dir, { recursive: true });
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), "ringcron-redis-"));
  // A free port may be taken by somebody else before the server listens on it.
  for (let attempt = 1;; attempt++) {
    const launch: Launch = { binary, options, dir, port: options.port ?? await freePort() };
    try {
      return new Server(launch, await launchServer(launch));
    } catch (error) {
      if (!(error instanceof PortTaken) || options.port !== undefined || attempt === 5) throw error;
      mkdirSync(dir, { recursive: true });
    }
  }
}

interface Launch {
  readonly binary: RedisBinary;
  readonly options: RedisOptions;
  readonly dir: string;
  readonly port: number;
}

class PortTaken extends Error {}

async function launchServer({ binary, options, dir, port }: Launch): Promise<Guarded> {
  const { persistence = "none" } = options;
  const log = persistence === "none"
    ? ["--appendonly", "no"]
    : ["--appendonly", "yes", "--appendfsync", persistence, "--auto-aof-rewrite-percentage", "0"];
  const child = await spawnGuarded({
    command: [
      binary.file,
      "--port",
      `${port}`,
      "--bind",
      "127.0.0.1",
      "--dir",
      dir,
      "--save",
      "",
      ...log,
      ...options.args ?? [],
    ],
    env: { ...binary.env, ...options.env },
    ...(options.dir === undefined ? { remove: dir } : {}),
  });
  let printed = "";
  const ready = new Promise<boolean>((resolve) => {
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      printed += chunk;
      if (printed.includes("Ready to accept connections")) resolve(true);
    });
    child.gone.then(() => resolve(false));
  });
  child.stderr.resume();
  const timer = setTimeout(() => child.signal("SIGKILL"), 15_000);
  const started = await ready;
  clearTimeout(timer);
  if (started) return child;
  await child.end();
  const last = printed.trim().split("\n").slice(-3).join(" | ");
  if (printed.includes("Address already in use")) throw new PortTaken(`port ${port} is taken: ${last}`);
  throw new Error(`redis-server did not start: ${last || "it printed nothing"}`);
}

class Server implements RedisServer {
  readonly port: number;
  readonly url: string;
  readonly dir: string;
  readonly #launch: Launch;
  #child: Guarded;
  #connection: RespConnection | undefined;

  constructor(launch: Launch, child: Guarded) {
    this.#launch = launch;
    this.#child = child;
    this.port = launch.port;
    this.url = `redis://127.0.0.1:${launch.port}`;
    this.dir = launch.dir;
  }

  get pid(): number {
    return this.#child.pid;
  }

  async command(...args: RespArgument[]): Promise<RedisReply> {
    if (!this.#connection?.open) this.#connection = await connectResp(this.port);
    return plain(await this.#connection.send(args));
  }

  async kill(signal: "SIGKILL" | "SIGTERM" | "SIGSTOP" | "SIGCONT"): Promise<void> {
    this.#child.signal(signal);
    if (signal === "SIGKILL" || signal === "SIGTERM") await this.#child.gone;
  }

  async restart(): Promise<void> {
    await this.#endOrderly();
    await this.#child.end({ keepFolder: true });
    this.#child = await launchServer(this.#launch);
  }

  async stop(): Promise<void> {
    this.#connection?.close();
    // A temporary folder goes anyway; a folder of the caller's is to hold what was written.
    if (this.#launch.options.dir !== undefined) await this.#endOrderly();
    await this.#child.end();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #endOrderly(): Promise<void> {
    this.#child.signal("SIGTERM");
    this.#child.signal("SIGCONT");
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([this.#child.gone, new Promise((resolve) => timer = setTimeout(resolve, 5_000))]);
    clearTimeout(timer);
  }
}

function plain(reply: RespReply): RedisReply {
  if (reply instanceof RespError) throw reply;
  if (reply instanceof RespStatus) return reply.text;
  if (reply instanceof Uint8Array) return reply.toString("utf8");
  return Array.isArray(reply) ? reply.map(plain) : reply;
}
