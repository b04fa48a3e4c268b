/**
 * The network between a contender and its store: a TCP proxy that delays what the store answers, or is cut.
 *
 * It carries bytes, so it stands before a Redis and before an HTTP endpoint alike.
 *
 * @module
 */
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { seededRandom } from "../support/faults.ts";

/** A running proxy. */
export interface Proxy {
  readonly port: number;
  /** Delays each piece of a reply by this and a random part of the jitter, in order; 0 and 0 undo it. */
  delay(ms: number, jitterMs: number): void;
  /** Cuts all connections and takes no new ones. */
  cut(): void;
  /** Takes connections again. */
  mend(): void;
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts a proxy before a port of this machine. */
export async function startProxy(target: number, seed = 1): Promise<Proxy> {
  const random = seededRandom(seed);
  const open = new Set<Socket>();
  let isCut = false;
  let delayMs = 0;
  let jitterMs = 0;

  const server = createServer((client) => {
    client.on("error", () => {});
    if (isCut) return void client.destroy();
    const store = connect(target, "127.0.0.1");
    store.on("error", () => {});
    for (const socket of [client, store]) {
      socket.setNoDelay(true);
      open.add(socket);
      socket.once("close", () => {
        open.delete(socket);
        client.destroy();
        store.destroy();
      });
    }
    client.on("data", (bytes) => void store.write(bytes));
    store.on("data", late(random, () => [delayMs, jitterMs], (bytes) => void client.write(bytes)));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve());
  });
  const cutAll = () => {
    for (const socket of open) socket.destroy();
  };
  const stop = async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    cutAll();
    await closed;
  };
  return {
    port: (server.address() as AddressInfo).port,
    delay(ms, jitter) {
      delayMs = ms;
      jitterMs = jitter;
    },
    cut() {
      isCut = true;
      cutAll();
    },
    mend: () => void (isCut = false),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** Passes pieces on later, in the order in which they came, however the jitter falls. */
const late = (
  random: () => number,
  by: () => readonly [delayMs: number, jitterMs: number],
  pass: (bytes: Uint8Array) => void,
): (bytes: Uint8Array) => void => {
  const waiting: Array<{ readonly bytes: Uint8Array; readonly at: number }> = [];
  const run = (): void => {
    for (let first = waiting[0]; first !== undefined; first = waiting[0]) {
      const waitMs = first.at - performance.now();
      if (waitMs > 0) return void setTimeout(run, waitMs);
      waiting.shift();
      pass(first.bytes);
    }
  };
  return (bytes) => {
    const [delayMs, jitterMs] = by();
    waiting.push({ bytes, at: performance.now() + (delayMs === 0 ? 0 : delayMs + random() * jitterMs) });
    // Whoever waits before it takes it along.
    if (waiting.length === 1) run();
  };
};
