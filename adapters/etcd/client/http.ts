/**
 * One request to one endpoint, the answer read strictly.
 */
import { type Answer, NoAnswer, parseObject, postJson } from "../../http/post.ts";
import type { Failure } from "./errors.ts";

/** What one request needs. */
export interface Post {
  readonly endpoint: string;
  readonly path: string;
  readonly body: unknown;
  /** Of etcd's authentication; empty without. */
  readonly token: string;
  readonly timeoutMs: number;
  readonly interrupted: AbortSignal | undefined;
}

/** An answer of etcd, and when it came by this node's clock. */
export interface Answered {
  readonly body: Readonly<Record<string, unknown>>;
  /** The header of that name: the only time etcd tells. */
  readonly date: string | null;
  readonly sentAt: number;
  readonly receivedAt: number;
}

/** What is thrown for a failure, within the driver only. */
export class Thrown extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super("no result");
    this.failure = failure;
  }
}

/** Reads an answer that is complete. Throws `Thrown`. */
export const read = (answer: Answer, host: string): Readonly<Record<string, unknown>> => {
  const { isOk, isRedirect, retryAfterMs, status } = answer;
  if (isRedirect) {
    const detail = `${host} redirects, which is not followed; check the endpoints`;
    throw new Thrown({ kind: "nonsense", status, detail });
  }
  const body = parseObject(answer.text);
  // 3.4 and 3.5 say `error` and `message`, 3.6 only `message`.
  const message = body?.["message"] ?? body?.["error"];
  const code = body?.["code"];
  if (!isOk && typeof message === "string" && typeof code === "number") {
    throw new Thrown({ kind: "refused", status, code, message, retryAfterMs });
  }
  if (!isOk || body === undefined) {
    const detail = `${host} does not answer as etcd's HTTP gateway does (status ${status}); check the endpoints`;
    throw new Thrown({ kind: "nonsense", status, detail, retryAfterMs });
  }
  return body;
};

/** Sends it. Rejects with `Thrown`. */
export const post = async (send: typeof globalThis.fetch, now: () => number, request: Post): Promise<Answered> => {
  const { body, endpoint, interrupted, path, timeoutMs, token } = request;
  const headers: Record<string, string> = token === "" ? {} : { authorization: token };
  const url = endpoint.replace(/\/+$/, "") + path;
  const sentAt = now();
  try {
    const answer = await postJson(send, { url, headers, body, timeoutMs, interrupted }, now);
    const date = answer.headers.get("date");
    return { body: read(answer, new URL(endpoint).host), date, sentAt, receivedAt: answer.answeredAt };
  } catch (error) {
    throw error instanceof NoAnswer ? new Thrown({ kind: "no-answer", detail: error.detail }) : error;
  }
};
