/**
 * The store of a campaign, with a way to it for each process that can be cut: Redis by HTTP and etcd as in the campaign of jobs, Redis
 * by TCP through a proxy for each.
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import { startProxy } from "../../compare/proxy.ts";
import { startRedis } from "../../support/redis.ts";
import { startEtcdChaos } from "../campaign/etcd-store.ts";
import { separations } from "../campaign/network.ts";
import type { Random } from "../campaign/random.ts";
import { startRedisChaos } from "../campaign/redis-store.ts";
import { type ChaosStore, lastingLeft, type StoreName, type Way } from "../campaign/store.ts";

/** A running store, as far as the campaign needs it. */
export type Stage = Pick<ChaosStore, "faults" | "heal" | "stop" | "token"> & {
  readonly ways: ReadonlyArray<Pick<Way, "endpoints" | "networkFault">>;
  /** What is left in it and is no list of the fleet's own. */
  readonly leftovers: () => Promise<ReadonlyArray<string>>;
};

/** The clock stays: what is judged is judged by it. */
const withoutLeaps = (faults: ChaosStore["faults"]): ChaosStore["faults"] =>
  Object.fromEntries(Object.entries(faults).filter(([name]) => !/clock|time/i.test(name)));

/** Lists that stay: which shelves there ever were, what waits, what was declared. */
const isList = (key: string): boolean => /:(names|instants|declared)$/.test(key);

const withStore = (store: ChaosStore): Stage => ({
  token: store.token,
  ways: store.ways,
  faults: withoutLeaps(store.faults),
  heal: () => store.heal(),
  leftovers: async () => (await store.leftovers(new Set())).filter((it) => !isList(it)),
  stop: () => store.stop(),
});

const overTcp = async (count: number): Promise<Stage> => {
  const redis = await startRedis({ persistence: "always" });
  const proxies = await Promise.all(Array.from({ length: count }, (_, n) => startProxy(redis.port, n + 1)));
  const ways = proxies.map((proxy) => {
    let fault: Way["networkFault"];
    return {
      endpoints: [`redis://127.0.0.1:${proxy.port}`],
      get networkFault() {
        return fault;
      },
      set networkFault(next) {
        fault = next;
        proxy.mend();
        proxy.delay(0, 0);
        if (next === undefined) return;
        if (separations.includes(next)) proxy.cut();
        else proxy.delay(100, 300);
      },
    };
  });
  const cutAll = async (random: Random): Promise<void> => {
    for (const proxy of proxies) proxy.cut();
    await delay(random.between(200, 5_000));
    for (const proxy of proxies) proxy.mend();
  };
  return {
    token: "",
    ways,
    faults: {
      "everybody cut off": { weight: 3, act: cutAll },
      "CLIENT KILL": { weight: 3, act: async () => void await redis.command("CLIENT", "KILL", "TYPE", "normal") },
      "SCRIPT FLUSH": { weight: 2, act: async () => void await redis.command("SCRIPT", "FLUSH") },
      "redis stands still": {
        weight: 2,
        act: async (random) => {
          await redis.kill("SIGSTOP");
          await delay(random.between(100, 6_000));
          await redis.kill("SIGCONT");
        },
      },
      "redis killed, all kept": {
        weight: 2,
        act: async (random) => {
          await redis.kill("SIGKILL");
          await delay(random.between(0, 4_000));
          await redis.restart();
        },
      },
    },
    async heal() {
      for (const way of ways) way.networkFault = undefined;
      await redis.kill("SIGCONT");
    },
    async leftovers() {
      const keys = (await redis.command("KEYS", "*") as ReadonlyArray<string>).filter((it) => !isList(it));
      const left = async (key: string): Promise<ReadonlyArray<string>> => {
        if (key.endsWith(":lasting")) return await lastingLeft(redis, key);
        if (!key.endsWith(":rows")) return [key];
        // The lines of the history lie with the rows.
        const fields = await redis.command("HKEYS", key) as ReadonlyArray<string>;
        return fields.filter((it) => !it.startsWith("#")).map((it) => `rows: ${it}`);
      };
      return (await Promise.all(keys.map(left))).flat();
    },
    async stop() {
      await Promise.all(proxies.map((it) => it.stop()));
      await redis.stop();
    },
  };
};

/** Starts it. */
export const openStage = async (
  { places, seed, service, store }: {
    /** `redis` is reached by HTTP, `redis-zset` by TCP. */
    readonly store: StoreName;
    readonly service: string;
    readonly places: number;
    readonly seed: number;
  },
): Promise<Stage> =>
  store === "redis-zset"
    ? await overTcp(places)
    : store === "etcd"
    ? withStore(await startEtcdChaos(service, "mixed", places, seed))
    : withStore(await startRedisChaos({ service, profile: "mixed", ways: places, seed }));
