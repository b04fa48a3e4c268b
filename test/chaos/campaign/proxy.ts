/**
 * A proxy between one process and one HTTP server, with faults on the way: what the Upstash-compatible endpoint has built in,
 * for servers that speak HTTP themselves.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { setMaxListeners } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { Fault } from "../../support/faults.ts";

/** A running proxy. */
export interface Proxy {
  readonly url: string;
  /** Cuts the requests that hang. */
  heal(): void;
  stop(): Promise<void>;
}

interface Reply {
  readonly status: number;
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

const page = Buffer.from("<html><body><h1>502 Bad Gateway</h1></body></html>");

/** The date of an answer of a server whose clock is so much ahead. */
const moved = (date: string, byMs: number): string =>
  byMs === 0 ? date : new Date(Date.parse(date) + byMs).toUTCString();

/**
 * Starts a proxy; `fault` is asked for each request, `onApplied` is told of every one that the server answered. While it is
 * not open nothing passes, late copies neither. The server's clock is `aheadMs` ahead, as far as its answers tell.
 */
export async function startProxy(
  target: string,
  fault: () => Fault,
  onApplied: (path: string) => void,
  isOpen: () => boolean = () => true,
  aheadMs: () => number = () => 0,
): Promise<Proxy> {
  const hanging = new Set<ServerResponse>();
  const stopped = new AbortController();
  // Every request that waits listens to it.
  setMaxListeners(0, stopped.signal);

  const forward = async (request: IncomingMessage, body: Buffer, signal: AbortSignal): Promise<Reply> => {
    if (!isOpen()) throw new Error("closed");
    const { authorization } = request.headers;
    const response = await fetch(target + (request.url ?? "/"), {
      method: request.method ?? "POST",
      body: new Uint8Array(body),
      headers: authorization === undefined ? {} : { authorization },
      signal,
    });
    const reply = Buffer.from(await response.arrayBuffer());
    onApplied(request.url ?? "/");
    const date = response.headers.get("date");
    return {
      status: response.status,
      body: reply,
      headers: { "Content-Type": "application/json", ...(date === null ? {} : { Date: moved(date, aheadMs()) }) },
    };
  };

  const send = (response: ServerResponse, { body, headers, status }: Reply): void => {
    if (response.destroyed) return;
    response.sendDate = headers["Date"] === undefined;
    response.writeHead(status, { ...headers, "Content-Length": body.length });
    response.end(body);
  };

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const parts: Array<Buffer> = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = Buffer.concat(parts);
    const struck = fault();
    if (struck.delayRequestMs) await delay(struck.delayRequestMs, undefined, { signal: stopped.signal });
    if (struck.dropRequest) return void response.destroy();
    if (struck.hang === "request") return void hanging.add(response);
    const refusal: Reply = {
      status: struck.status?.code ?? 500,
      body: struck.status?.code === 502 ? page : Buffer.from(`{"error":"as it was told to","code":14}`),
      headers: { "Content-Type": struck.status?.code === 502 ? "text/html" : "application/json" },
    };
    if (struck.status && !struck.status.applied) return send(response, refusal);

    // The server goes on with what it got, whether somebody still waits or not: only the end of the proxy aborts it.
    let reply = await forward(request, body, stopped.signal);
    if (struck.duplicate) reply = await forward(request, body, stopped.signal);
    if (struck.repeatAfterMs) {
      void delay(struck.repeatAfterMs, undefined, { signal: stopped.signal })
        .then(() => forward(request, body, stopped.signal)).catch(() => {});
    }
    if (struck.delayReplyMs) await delay(struck.delayReplyMs, undefined, { signal: stopped.signal });
    if (struck.dropReply) return void response.destroy();
    if (struck.hang === "reply") return void hanging.add(response);
    if (struck.status) return send(response, refusal);
    if (struck.garbage) return send(response, { ...reply, body: page });
    if (!struck.truncate) return send(response, reply);
    response.writeHead(reply.status, { ...reply.headers, "Content-Length": reply.body.length });
    response.write(reply.body.subarray(0, reply.body.length >> 1), () => response.destroy());
  };

  const server = createServer((request, response) => {
    response.on("error", () => {});
    serve(request, response).catch(() => response.destroy());
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heal() {
      for (const response of hanging) response.destroy();
      hanging.clear();
    },
    async stop() {
      stopped.abort();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}
