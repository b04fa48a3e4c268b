/**
 * Private etcd servers for a test: real, on free ports, gone afterwards. One alone, or a cluster.
 *
 * @module
 */
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Binary } from "./binary.ts";
import { findEtcd } from "./etcd-binary.ts";
import { type Guarded, spawnGuarded } from "./guarded.ts";
import { freePort } from "./ports.ts";
import { waitFor } from "./wait.ts";

/** How servers are to be started. */
export interface EtcdOptions {
  /** How many members the cluster has. Default: 1. */
  readonly members?: number;
  /** Written before everything else they are told, such as `--max-txn-ops=20`. */
  readonly args?: ReadonlyArray<string>;
}

/** A member of a cluster. */
export interface EtcdMember {
  readonly name: string;
  /** Where clients reach it. */
  readonly url: string;
  readonly pid: number;
  /** Ends it without a word; what it wrote stays. */
  kill(): Promise<void>;
  /** It stands still, with its connections open, until `resume`. */
  pause(): void;
  resume(): void;
  /** Starts it again on the same ports with what it had written, and resolves when it listens. */
  restart(): Promise<void>;
}

/** A running cluster. */
export interface EtcdCluster {
  readonly members: ReadonlyArray<EtcdMember>;
  readonly urls: ReadonlyArray<string>;
  /** The member that leads, as one of those that run tells. */
  leader(): Promise<EtcdMember>;
  /** Sends one request to the first member that runs; an error is thrown with what etcd says. */
  request(path: string, body: unknown, token?: string): Promise<Readonly<Record<string, unknown>>>;
  /** All keys that start with the prefix, in their order, with their values. */
  keys(prefix?: string, token?: string): Promise<ReadonlyArray<readonly [key: string, value: string]>>;
  /** Writes one key. */
  put(key: string, value: string): Promise<void>;
  /** Copies what it holds, as a snapshot would; what is given back puts that in the place of whatever it holds then. */
  save(): () => Promise<void>;
  /** Everything it held is gone. `isOther`: it is another cluster too. */
  empty(isOther?: boolean): Promise<void>;
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts a cluster and resolves when it has a leader. */
export async function startEtcd(options: EtcdOptions = {}): Promise<EtcdCluster> {
  const binary = await findEtcd();
  // A free port may be taken by somebody else before the server listens on it.
  for (let attempt = 1;; attempt++) {
    const cluster = await Cluster.of(binary, options);
    try {
      await cluster.start();
      return cluster;
    } catch (error) {
      await cluster.stop();
      if (attempt === 3 || !String(error).includes("address already in use")) throw error;
    }
  }
}

interface Place {
  readonly binary: Binary;
  readonly name: string;
  readonly url: string;
  readonly peer: string;
  readonly folder: string;
  readonly args: ReadonlyArray<string>;
}

class Member implements EtcdMember {
  readonly name: string;
  readonly url: string;
  readonly folder: string;
  readonly #place: Place;
  readonly #cluster: string;
  /** How often it became another cluster. */
  #generation = 0;
  #child: Guarded | undefined;
  #printed = "";
  #isPaused = false;

  constructor(place: Place, cluster: string) {
    this.name = place.name;
    this.url = place.url;
    this.folder = place.folder;
    this.#place = place;
    this.#cluster = cluster;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  get isRunning(): boolean {
    return this.#child !== undefined && !this.#isPaused;
  }

  async start(): Promise<void> {
    const { args, binary, folder, name, peer, url } = this.#place;
    const child = await spawnGuarded({
      command: [
        binary.file,
        ...args,
        ...["--name", name, "--data-dir", join(folder, "data"), "--logger", "zap", "--log-level", "error"],
        ...["--listen-client-urls", url, "--advertise-client-urls", url],
        ...["--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer],
        ...["--initial-cluster", this.#cluster, "--initial-cluster-token", this.#token],
        // Leaders are elected within a second, and leases may be as short as one.
        ...["--heartbeat-interval", "60", "--election-timeout", "600", "--snapshot-count", "1000"],
      ],
      env: binary.env,
      remove: folder,
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (chunk: string) => this.#printed = (this.#printed + chunk).slice(-4_000));
    }
    let isGone = false;
    child.gone.then(() => isGone = true);
    // Reading nothing of nobody's answers only when there is a leader; listening is enough here.
    await waitFor(
      async () => {
        if (isGone) throw new Error(`etcd did not start: ${this.#printed.trim().split("\n").slice(-3).join(" | ")}`);
        return await fetch(`${url}/version`).then((it) => it.ok, () => false);
      },
      20_000,
      () => `etcd ${name} to listen; it printed ${this.#printed || "nothing"}`,
    );
  }

  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    this.#isPaused = false;
    await child?.end({ keepFolder: true });
  }

  pause(): void {
    this.#isPaused = true;
    this.#child?.signal("SIGSTOP");
  }

  resume(): void {
    this.#isPaused = false;
    this.#child?.signal("SIGCONT");
  }

  async restart(): Promise<void> {
    await this.kill();
    await this.start();
  }

  get #token(): string {
    return `${this.#cluster.replace(/[^0-9]+/g, "-")}-${this.#generation}`;
  }

  /** As if power were lost at this moment. */
  save(): string {
    const copy = mkdtempSync(join(this.folder, "copy-"));
    this.pause();
    cpSync(join(this.folder, "data"), copy, { recursive: true });
    this.resume();
    return copy;
  }

  /** Takes what it holds from a copy, or begins with nothing. It must not run. */
  reset(copy: string | undefined, isOther: boolean): void {
    const data = join(this.folder, "data");
    rmSync(data, { recursive: true });
    if (copy !== undefined) cpSync(copy, data, { recursive: true });
    if (isOther) this.#generation++;
  }

  async stop(): Promise<void> {
    await this.#child?.end();
    this.#child = undefined;
  }
}

class Cluster implements EtcdCluster {
  readonly members: ReadonlyArray<Member>;
  readonly urls: ReadonlyArray<string>;

  private constructor(members: ReadonlyArray<Member>) {
    this.members = members;
    this.urls = members.map((it) => it.url);
  }

  static async of(binary: Binary, { args = [], members = 1 }: EtcdOptions): Promise<Cluster> {
    const places: Place[] = [];
    for (let n = 1; n <= members; n++) {
      const [client, peer] = [await freePort(), await freePort()];
      const folder = mkdtempSync(join(tmpdir(), "ringcron-etcd-"));
      places.push({
        binary,
        name: `m${n}`,
        url: `http://127.0.0.1:${client}`,
        peer: `http://127.0.0.1:${peer}`,
        folder,
        args,
      });
    }
    const cluster = places.map((it) => `${it.name}=${it.peer}`).join(",");
    return new Cluster(places.map((it) => new Member(it, cluster)));
  }

  async start(): Promise<void> {
    await Promise.all(this.members.map((it) => it.start()));
    await waitFor(() => this.keys().then(() => true, () => false), 20_000, "etcd to elect a leader");
  }

  async leader(): Promise<EtcdMember> {
    const { leader } = await this.request("/v3/maintenance/status", {});
    const { members } = await this.request("/v3/cluster/member/list", {});
    const named = (members as ReadonlyArray<{ ID: string; name: string }>).find((it) => it.ID === leader)?.name;
    const found = this.members.find((it) => it.name === named);
    if (found === undefined) throw new Error("etcd has no leader");
    return found;
  }

  async request(path: string, body: unknown, token?: string): Promise<Readonly<Record<string, unknown>>> {
    const member = this.members.find((it) => it.isRunning);
    if (member === undefined) throw new Error("no etcd runs");
    const response = await fetch(member.url + path, {
      method: "POST",
      body: JSON.stringify(body),
      headers: token === undefined ? {} : { authorization: token },
      signal: AbortSignal.timeout(5_000),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`etcd ${path}: ${response.status} ${text}`);
    return JSON.parse(text) as Record<string, unknown>;
  }

  async keys(prefix = "ringcron/", token?: string): Promise<ReadonlyArray<readonly [string, string]>> {
    const end = prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
    const { kvs = [] } = await this.request("/v3/kv/range", { key: btoa(prefix), range_end: btoa(end) }, token);
    return (kvs as ReadonlyArray<{ key: string; value?: string }>).map((it) => [atob(it.key), atob(it.value ?? "")]);
  }

  async put(key: string, value: string): Promise<void> {
    await this.request("/v3/kv/put", { key: btoa(key), value: btoa(value) });
  }

  async #reset(copies: ReadonlyArray<string | undefined>, isOther: boolean): Promise<void> {
    await Promise.all(this.members.map((it) => it.kill()));
    this.members.forEach((it, index) => it.reset(copies[index], isOther));
    await this.start();
  }

  save(): () => Promise<void> {
    const copies = this.members.map((it) => it.save());
    return () => this.#reset(copies, false);
  }

  empty(isOther = false): Promise<void> {
    return this.#reset([], isOther);
  }

  async stop(): Promise<void> {
    await Promise.all(this.members.map((it) => it.stop()));
    // One that was killed left its folder, to be started again.
    for (const { folder } of this.members) rmSync(folder, { recursive: true, force: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}
