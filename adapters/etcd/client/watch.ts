/**
 * A watch of etcd: one request whose answer goes on, a line for each thing that happens to a key.
 */
import type { Hearing } from "../../../src/Store.ts";
import { NoAnswer, parseObject } from "../../http/post.ts";
import { postForLines } from "../../http/stream.ts";
import { corrupt, type Failure } from "./errors.ts";
import { type Post, read, Thrown } from "./http.ts";

type Json = Readonly<Record<string, unknown>>;

const objectIn = (value: unknown): Json => typeof value === "object" && value !== null ? value as Json : {};

/** etcd ends a watch that it does not permit, and says why; the codes are those of gRPC for what is not allowed and unknown. */
const ended = (message: unknown): Failure => {
  const text = typeof message === "string" ? message : "";
  return { kind: "refused", status: 200, code: /permission|denied/i.test(text) ? 7 : 14, message: text };
};

/** Takes one line; what it gives back has ended the watch. */
const take = (line: string, { heard, opened }: Hearing, stands: () => void): Thrown | undefined => {
  if (line === "") return undefined;
  const body = parseObject(line);
  if (body === undefined || body["error"] !== undefined) {
    return new Thrown(ended(objectIn(body?.["error"])["message"]));
  }
  const { cancel_reason: reason, canceled, created, events } = objectIn(body["result"]);
  if (canceled === true) return new Thrown(ended(reason));
  if (created === true) {
    stands();
    opened();
  }
  for (const event of Array.isArray(events) ? events : []) {
    const value = objectIn(objectIn(event)["kv"])["value"];
    if (typeof value === "string") heard(atob(value));
  }
  return undefined;
};

/** Watches a key at one endpoint. Rejects with `Thrown`. */
export const watchAt = async (
  send: typeof globalThis.fetch,
  { endpoint, token, ...rest }: Omit<Post, "path" | "body">,
  key: string,
  hearing: Hearing,
): Promise<never> => {
  const headers: Record<string, string> = token === "" ? {} : { authorization: token };
  const url = `${endpoint.replace(/\/+$/, "")}/v3/watch`;
  const body = { create_request: { key: btoa(key) } };
  try {
    read(
      await postForLines(send, { ...rest, url, headers, body }, (line, stands) => take(line, hearing, stands)),
      new URL(endpoint).host,
    );
    throw new Thrown(corrupt);
  } catch (error) {
    throw error instanceof NoAnswer ? new Thrown({ kind: "no-answer", detail: error.detail }) : error;
  }
};
