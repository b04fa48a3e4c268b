/**
 * The REST protocol of Upstash on real Redis commands: what a body means, and how replies are written.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { type RespArgument, type RespConnection, RespError, type RespReply, RespStatus } from "./resp.ts";

/** An answer of the endpoint. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a request asks for. */
export interface Asked {
  readonly kind: "one" | "pipeline" | "multi-exec";
  readonly commands: ReadonlyArray<ReadonlyArray<RespArgument>>;
}

// They change or occupy the connection, which all requests share here as they do behind the hosted endpoint.
const refused = new Set(
  "AUTH BLMOVE BLMPOP BLPOP BRPOP BRPOPLPUSH BZMPOP BZPOPMAX BZPOPMIN CLIENT DISCARD EXEC HELLO MONITOR MULTI PSUBSCRIBE PUNSUBSCRIBE QUIT RESET SELECT SHUTDOWN SSUBSCRIBE SUBSCRIBE SUNSUBSCRIBE SYNC UNSUBSCRIBE UNWATCH WATCH"
    .split(" "),
);

/** Reads a request, or says why it is refused. */
export function readRequest(path: string, body: unknown): Asked | Answer {
  if (path === "/") {
    const command = readCommand(body);
    return typeof command === "string" ? failure(400, command) : { kind: "one", commands: [command] };
  }
  if (path !== "/pipeline" && path !== "/multi-exec") return failure(404, "ERR not found");
  if (!Array.isArray(body) || body.length === 0) return failure(400, "ERR empty pipeline request");
  const commands: RespArgument[][] = [];
  for (const item of body) {
    const command = readCommand(item);
    if (typeof command === "string") return failure(400, command);
    commands.push(command);
  }
  return { kind: path === "/pipeline" ? "pipeline" : "multi-exec", commands };
}

function readCommand(body: unknown): RespArgument[] | string {
  if (!Array.isArray(body) || body.length === 0) return "ERR failed to parse command";
  const command: RespArgument[] = [];
  for (const item of body) {
    if (typeof item === "string" || typeof item === "number") command.push(item);
    else if (typeof item === "boolean") command.push(String(item));
    else if (item === null) command.push("null");
    else return "ERR failed to parse command: arguments must be strings or numbers";
  }
  const name = String(command[0]).toUpperCase();
  return refused.has(name) ? `ERR Command is not available: '${name}'. See the REST API` : command;
}

/** Applies a request and writes its answer. */
export async function apply(connection: RespConnection, asked: Asked, base64: boolean): Promise<Answer> {
  if (asked.kind === "multi-exec") {
    const replies = await connection.sendAll([["MULTI"], ...asked.commands, ["EXEC"]]);
    const outcome = replies.at(-1) as RespReply;
    if (!Array.isArray(outcome)) return failure(400, outcome instanceof RespError ? outcome.message : "EXECABORT");
    return { status: 200, body: `[${outcome.map((reply) => item(reply, base64)).join(",")}]` };
  }
  const replies = await connection.sendAll(asked.commands);
  if (asked.kind === "pipeline") return { status: 200, body: `[${replies.map((it) => item(it, base64)).join(",")}]` };
  const reply = replies[0] as RespReply;
  return { status: reply instanceof RespError ? 400 : 200, body: item(reply, base64) };
}

/** An error in the shape of the protocol. */
export function failure(status: number, error: string): Answer {
  return { status, body: JSON.stringify({ error }) };
}

function item(reply: RespReply, base64: boolean): string {
  if (reply instanceof RespError) return JSON.stringify({ error: reply.message });
  // The client decodes every string but a top-level OK.
  if (reply instanceof RespStatus && reply.text === "OK") return `{"result":"OK"}`;
  return `{"result":${json(reply, base64)}}`;
}

function json(reply: RespReply, base64: boolean): string {
  if (reply === null) return "null";
  // Digit by digit, also beyond 2^53: losing digits is then the client's doing, as it is with the hosted service.
  if (typeof reply === "number" || typeof reply === "bigint") return String(reply);
  if (Array.isArray(reply)) return `[${reply.map((element) => json(element, base64)).join(",")}]`;
  if (reply instanceof RespError) return text(Buffer.from(reply.message), base64);
  if (reply instanceof RespStatus) return text(Buffer.from(reply.text), base64);
  return text(reply, base64);
}

function text(bytes: Buffer, base64: boolean): string {
  return JSON.stringify(bytes.toString(base64 ? "base64" : "utf8"));
}
