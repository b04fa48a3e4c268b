/**
 * A fleet in virtual time over a real Redis: the machine and the engine of each node, the real scripts, and a clock of the
 * server that is a number under a key. Counts what the server runs.
 *
 * @module
 */
import * as Effect from "effect/Effect";
import { commandsOf } from "../../../adapters/redis/acl.ts";
import type { Kind } from "../../../adapters/redis/scripts/kinds.ts";
import { Thrown } from "../../../adapters/redis/Script.ts";
import * as redisStore from "../../../adapters/redis/store.ts";
import * as Engine from "../../../src/core/engine/Engine.ts";
import * as Machine from "../../../src/core/node/Machine.ts";
import type { Store } from "../../../src/Store.ts";
import { Agenda } from "../../../src/testing/simulation/Agenda.ts";
import { commandsIn } from "../../compare/counting.ts";
import type { RedisServer } from "../../support/redis.ts";
import { connectResp, type RespConnection, RespError } from "../../support/resp.ts";

/** Half a round trip, milliseconds. */
const wayMs = 1;

type Acted = Promise<void> | void;

/** Commands that the server ran, requests, and bytes of arguments and answers. */
export interface Counted {
  readonly commands: number;
  readonly requests: number;
  readonly bytes: number;
}

/** Nodes that declare the same jobs. */
export class VirtualFleet {
  now: number;
  readonly #redis: RedisServer;
  readonly #connection: RespConnection;
  readonly #kind: Kind;
  readonly #through: (store: Store) => Store;
  readonly #agenda = new Agenda<Acted>();
  #requests = 0;
  #bytes = 0;
  #before: Counted = { commands: 0, requests: 0, bytes: 0 };

  private constructor(
    redis: RedisServer,
    connection: RespConnection,
    kind: Kind,
    from: number,
    through: (store: Store) => Store,
  ) {
    this.#redis = redis;
    this.#connection = connection;
    this.#kind = kind;
    this.#through = through;
    this.now = from;
  }

  /** `through` is what stands between its nodes and their store. Default: nothing. */
  static async over(
    redis: RedisServer,
    kind: Kind,
    from: number,
    through: (store: Store) => Store = (store) => store,
  ): Promise<VirtualFleet> {
    await redis.command("FLUSHALL");
    return new VirtualFleet(redis, await connectResp(redis.port), kind, from, through);
  }

  close(): void {
    this.#connection.close();
  }

  /** Starts a node; its runs last as long as is said. */
  join(config: Machine.Config, jobs: ReadonlyArray<Machine.JobSpec>, lastsMs: (job: string) => number): void {
    const engine = Engine.make({ rows: 400, bytes: 500_000 });
    const store = this.#through(this.#store());
    const incarnation = `${config.nodeName}0123456789`;
    const endsAt = new Map<number, Array<Machine.RunEnd>>();
    let [state, wake] = [Machine.initial(config, this.#at()), 0];
    const feed = (input: Machine.Input): void => {
      const [next, commands] = Machine.step(state, input);
      state = next;
      for (const command of commands) carryOut(command);
    };
    const carryOut = (command: Machine.Command): void => {
      if (command._tag === "Send") {
        const { id, request } = command;
        this.#after(wayMs, async () => {
          const reply = await this.#answer(store, engine, request);
          this.#after(wayMs, () => feed({ _tag: "Replied", id, reply, at: this.#at() } as Machine.Input));
        });
      } else if (command._tag === "Start") {
        const { fence, job } = command.run;
        const at = Math.ceil(this.now + lastsMs(job));
        const others = endsAt.get(at);
        const ends = others ?? [];
        ends.push({ job, fence, outcome: "succeeded", error: undefined, cause: undefined });
        if (others !== undefined) return;
        // Those of one instant come together, as the shell gathers them.
        endsAt.set(at, ends);
        this.#after(at - this.now, () => {
          endsAt.delete(at);
          feed({ _tag: "RunsEnded", ends, at: this.#at() });
        });
      } else if (command._tag === "WakeAt") {
        const order = ++wake;
        this.#after(command.mono - this.now, () => order === wake ? feed({ _tag: "Wake", at: this.#at() }) : undefined);
      } else if (command._tag === "Incarnate") feed({ _tag: "Incarnated", incarnation, at: this.#at() });
    };
    feed({ _tag: "Declared", jobs, at: this.#at() });
    feed({ _tag: "Incarnated", incarnation, at: this.#at() });
  }

  /** Lets time pass. */
  async pass(ms: number): Promise<void> {
    const end = this.now + ms;
    for (let next = this.#agenda.take(end); next !== undefined; next = this.#agenda.take(end)) {
      this.now = next.at;
      await next.act();
    }
    this.now = end;
  }

  /** What was counted since it was last asked. */
  async counted(): Promise<Counted> {
    const stats = String(await this.#redis.command("INFO", "commandstats"));
    const told = /^cmdstat_mset:calls=(\d+)/m.exec(stats);
    // The clock is set with MSET, and read in the place of TIME.
    const all = { commands: commandsIn(stats) - Number(told?.[1] ?? 0), requests: this.#requests, bytes: this.#bytes };
    const { bytes, commands, requests } = this.#before;
    this.#before = all;
    return { commands: all.commands - commands, requests: all.requests - requests, bytes: all.bytes - bytes };
  }

  #at(): Machine.Instant {
    return { mono: this.now, wall: this.now };
  }

  #after(ms: number, act: () => Acted): void {
    // Whole milliseconds, so that what was planned for one instant is done at one.
    this.#agenda.add(Math.ceil(this.now + Math.max(0, ms)), act);
  }

  async #answer(store: Store, engine: Engine.Engine, request: Engine.EngineRequest): Promise<unknown> {
    const operation = engine.begin(request, () => this.now);
    const send = (it: Engine.StoreRequest): Promise<Engine.StoreReply> => {
      if (it._tag === "Exchange") return Effect.runPromise(store.exchange(it));
      if (it._tag === "StoreBeat") return Effect.runPromise(store.beat(it));
      throw new Error(`nobody asks for ${it._tag} here`);
    };
    let step = operation.next([]);
    while (step.done !== true) step = operation.next(await Promise.all(step.value.requests.map(send)));
    return step.value;
  }

  #store(): Store {
    const evaluate = async (
      command: string,
      script: string,
      keys: ReadonlyArray<string>,
      args: ReadonlyArray<string>,
    ) => {
      if (command === "evalsha") throw new RespError("NOSCRIPT");
      const text = script.replace("redis.call('TIME')", "redis.call('GET', 'virtual')").replace(
        "return time[1] * 1000 + math.floor(time[2] / 1000)",
        "return tonumber(time)",
      );
      const all = [`${keys.length}`, ...keys, ...args];
      const [, reply] = await this.#connection.sendAll([
        ["MSET", "virtual", `${this.now}`],
        ["EVAL", text, ...all],
      ]);
      if (reply instanceof RespError) throw reply;
      const answer = reply instanceof Uint8Array ? new TextDecoder().decode(reply) : reply;
      this.#requests += 1;
      // As a client sends it that knows the script by its hash.
      this.#bytes += 60 + all.reduce((sum, it) => sum + it.length + 7, 0) + String(answer).length + 7;
      return answer;
    };
    return redisStore.make({
      transport: {
        evaluate: (command, script, keys, args) =>
          evaluate(command, script, keys, args).catch((error) => {
            throw new Thrown(
              error instanceof RespError ? { kind: "refused", error: error.message } : { kind: "no-answer" },
            );
          }),
      },
      prefix: "ringcron:",
      retentionMs: 400 * 86_400_000,
      kind: this.#kind,
      commands: commandsOf(this.#kind.hasKeys),
    });
  }
}
