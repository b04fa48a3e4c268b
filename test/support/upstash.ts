/**
 * An Upstash-compatible REST endpoint in front of a real redis-server, which can be told to fail.
 *
 * To cut off one node of a fleet, give every node an endpoint of its own on the same server.
 *
 * @module
 */
import { randomBytes } from "node:crypto";
import { setMaxListeners } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { chooseFault, type Fault, type Faults, noFaults, seededRandom } from "./faults.ts";
import { connectResp, type RespConnection, RespError, type RespReply } from "./resp.ts";
import { type Answer, apply, type Asked, failure, readRequest } from "./upstash-protocol.ts";

export type { Fault, Faults, FaultStatus } from "./faults.ts";

/** How an endpoint is to be started. */
export interface UpstashOptions {
  readonly redisPort: number;
  /** Whom the server takes the endpoint for. Default: its default user. */
  readonly user?: { readonly username: string; readonly password: string };
  /** Default: a random one. */
  readonly token?: string;
  /** Default: a free one. */
  readonly port?: number;
  /** Of the draws for faults. Default: 1. */
  readonly seed?: number;
  /** Told of every command that was applied and its answer, also of those whose answer is lost on the way. */
  readonly onApplied?: (asked: Asked, answer: Answer) => void;
  /** How long an idle connection is kept. Default: 60 s, so that no test meets a closing one by chance. */
  readonly keepAliveMs?: number;
  /** Requests and answers of more bytes are refused, as hosted endpoints do. Default: none are. */
  readonly maxBytes?: number;
  /** Whether `/subscribe/<channel>` is served, as the hosted endpoint does. Default: true. */
  readonly servesSubscribe?: boolean;
}

/** A running endpoint. */
export interface UpstashEndpoint {
  readonly url: string;
  readonly token: string;
  readonly port: number;
  /** What goes wrong from now on. */
  readonly faults: Faults;
  /** Undoes all faults; requests that hang are cut. */
  heal(): void;
  /** How many requests hang, whether their clients still wait or not. */
  hanging(): number;
  /** Cuts the requests that hang; the faults stay. */
  dropHanging(): void;
  /** Reaches another server from now on. */
  retarget(redisPort: number): void;
  /** Requests received so far, refused ones included. */
  requests(): number;
  /** Commands received so far; a pipeline counts each of its commands. */
  commands(): number;
  /** Bytes of the bodies of requests and answers so far, and of the largest of them. */
  bytes(): { readonly sum: number; readonly largest: number };
  /** How many listen at channels now. */
  subscriptions(): number;
  /** Cuts off all that listen. */
  dropSubscriptions(): void;
  /** Cuts all connections and ends; nothing is left open. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts an endpoint in front of the server on `redisPort`. */
export async function startUpstash(options: UpstashOptions): Promise<UpstashEndpoint> {
  const endpoint = new Endpoint(options);
  await endpoint.listen(options.port ?? 0);
  return endpoint;
}

class Endpoint implements UpstashEndpoint {
  readonly token: string;
  readonly faults: Faults = noFaults();
  port = 0;
  readonly #options: UpstashOptions;
  #redisPort: number;
  readonly #server: Server;
  readonly #random: () => number;
  readonly #hanging: Set<ServerResponse> = new Set();
  readonly #stopped: AbortController = new AbortController();
  #redis: Promise<RespConnection> | undefined;
  readonly #subscriptions: Map<ServerResponse, RespConnection> = new Map();
  #requests = 0;
  #commands = 0;
  #bytes = 0;
  #largest = 0;

  constructor(options: UpstashOptions) {
    this.#options = options;
    this.#redisPort = options.redisPort;
    this.token = options.token ?? randomBytes(16).toString("hex");
    this.#random = seededRandom(options.seed ?? 1);
    // Every request that waits listens to it.
    setMaxListeners(0, this.#stopped.signal);
    this.#server = createServer((request, response) => {
      response.on("error", () => {});
      this.#serve(request, response).catch(() => response.destroy());
    });
    this.#server.keepAliveTimeout = options.keepAliveMs ?? 60_000;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, "127.0.0.1", () => resolve());
    });
    this.port = (this.#server.address() as AddressInfo).port;
  }

  heal(): void {
    Object.assign(this.faults, noFaults());
    this.dropHanging();
  }

  hanging(): number {
    return this.#hanging.size;
  }

  dropHanging(): void {
    for (const response of this.#hanging) response.destroy();
    this.#hanging.clear();
  }

  retarget(redisPort: number): void {
    if (redisPort === this.#redisPort) return;
    this.#redisPort = redisPort;
    this.#redis?.then((redis) => redis.close(), () => {});
    this.#redis = undefined;
  }

  requests(): number {
    return this.#requests;
  }

  commands(): number {
    return this.#commands;
  }

  bytes(): { readonly sum: number; readonly largest: number } {
    return { sum: this.#bytes, largest: this.#largest };
  }

  #count(body: string): void {
    this.#bytes += body.length;
    this.#largest = Math.max(this.#largest, body.length);
  }

  subscriptions(): number {
    return this.#subscriptions.size;
  }

  dropSubscriptions(): void {
    for (const response of this.#subscriptions.keys()) response.destroy();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
    await this.#redis?.then((redis) => redis.close(), () => {});
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const n = ++this.#requests;
    const { maxBytes = Infinity } = this.#options;
    const text = await readAll(request);
    this.#count(text);
    if (text.length > maxBytes) return send(response, tooLarge(maxBytes, text));
    const body = parse(text);
    const path = (request.url ?? "/").replace(/\?.*$/, "");
    if (request.headers.authorization !== `Bearer ${this.token}`) {
      return send(response, failure(401, "WRONGPASS invalid or missing auth token"));
    }
    const channel = /^\/subscribe\/([^/]+)$/.exec(path)?.[1];
    if (channel !== undefined && this.#options.servesSubscribe !== false) {
      return await this.#subscribe(response, decodeURIComponent(channel));
    }
    const asked = body === undefined && !path.startsWith("/subscribe/")
      ? failure(400, "ERR failed to parse body as JSON")
      : readRequest(path, body);
    if ("status" in asked) return send(response, asked);
    this.#commands += asked.commands.length;
    const base64 = request.headers["upstash-encoding"] === "base64";
    await this.#answer(response, asked, base64, chooseFault(this.faults, n, body, this.#random));
  }

  async #answer(response: ServerResponse, asked: Asked, base64: boolean, fault: Fault): Promise<void> {
    await this.#wait(fault.delayRequestMs);
    if (fault.dropRequest) return void response.destroy();
    if (fault.hang === "request") return void this.#hanging.add(response);
    if (fault.status && !fault.status.applied) return send(response, statusAnswer(fault.status));

    let answer = await this.#apply(asked, base64);
    if (fault.duplicate) answer = await this.#apply(asked, base64);
    if (fault.repeatAfterMs) void this.#repeat(asked, fault.repeatAfterMs);

    const { maxBytes = Infinity } = this.#options;
    this.#count(answer.body);
    if (answer.body.length > maxBytes) answer = tooLarge(maxBytes, answer.body);
    await this.#wait(fault.delayReplyMs);
    if (fault.dropReply) return void response.destroy();
    if (fault.hang === "reply") return void this.#hanging.add(response);
    if (fault.status) return send(response, statusAnswer(fault.status));
    if (fault.truncate) return truncate(response, answer);
    if (fault.garbage === "html") return send(response, { status: 200, body: gatewayPage, type: "text/html" });
    if (fault.garbage === "json") return send(response, { status: 200, body: `{"ok":true,"data":[1,2,3]}` });
    send(response, answer);
  }

  /** An event for each message, until either side ends it. */
  async #subscribe(response: ServerResponse, channel: string): Promise<void> {
    this.#commands += 1;
    const redis = await this.#connect();
    const event = (reply: RespReply): void => {
      if (Array.isArray(reply)) response.write(`data: ${reply.map(String).join(",")}\n\n`);
    };
    this.#subscriptions.set(response, redis);
    response.on("close", () => {
      this.#subscriptions.delete(response);
      redis.close();
    });
    redis.onPush = event;
    redis.onEnd = () => response.destroy();
    const answer = await redis.send(["SUBSCRIBE", channel]);
    if (answer instanceof RespError) {
      redis.onEnd = () => {};
      return send(response, failure(400, answer.message));
    }
    response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-cache" });
    event(answer);
  }

  async #repeat(asked: Asked, afterMs: number): Promise<void> {
    try {
      await this.#wait(afterMs);
    } catch {
      return;
    }
    await this.#apply(asked, false);
  }

  /** A server that is down or restarts is a failure of this request only. */
  async #apply(asked: Asked, base64: boolean): Promise<Answer> {
    try {
      const answer = await apply(await this.#connection(), asked, base64);
      this.#options.onApplied?.(asked, answer);
      return answer;
    } catch {
      return failure(500, "ERR the database is unavailable");
    }
  }

  #connection(): Promise<RespConnection> {
    const current = this.#redis ?? this.#connect();
    this.#redis = current.then(
      (redis) => redis.open ? redis : this.#connect(),
      () => this.#connect(),
    );
    return this.#redis;
  }

  async #connect(): Promise<RespConnection> {
    const redis = await connectResp(this.#redisPort);
    const { user } = this.#options;
    if (user !== undefined) await redis.send(["AUTH", user.username, user.password]);
    return redis;
  }

  async #wait(ms: number | undefined): Promise<void> {
    if (ms) await delay(ms, undefined, { signal: this.#stopped.signal });
  }
}

const tooLarge = (maxBytes: number, body: string): Answer =>
  failure(400, `ERR max request size exceeded. Limit: ${maxBytes} bytes, Actual: ${body.length} bytes`);

const gatewayPage = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>";

function statusAnswer({ code, retryAfterS = 1 }: NonNullable<Fault["status"]>): Answer {
  switch (code) {
    case 401:
      return failure(401, "WRONGPASS invalid or missing auth token");
    case 429:
      return { ...failure(429, "ERR max requests limit exceeded"), headers: { "Retry-After": `${retryAfterS}` } };
    case 500:
      return failure(500, "ERR internal error");
    case 502:
      return { status: 502, body: gatewayPage, type: "text/html" };
  }
}

function send(response: ServerResponse, { status, body, type = "application/json", headers }: Answer): void {
  if (response.destroyed) return;
  const length = new TextEncoder().encode(body).length;
  response.writeHead(status, {
    "Content-Type": type,
    "Content-Length": length,
    "upstash-sync-token": "1=",
    ...headers,
  });
  response.end(body);
}

function truncate(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { "Content-Type": "application/json", "Content-Length": body.length });
  response.write(body.slice(0, Math.floor(body.length / 2)), () => response.destroy());
}

async function readAll(request: IncomingMessage): Promise<string> {
  request.setEncoding("utf8");
  let text = "";
  for await (const chunk of request) text += chunk;
  return text;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
