/**
 * Answers of a Redis over HTTP, and their failures.
 */
import { type Answer, NoAnswer, parseObject } from "../http/post.ts";
import { type Failure, Thrown } from "./Script.ts";

/** Reads an answer. Throws `Thrown`. */
export const read = (
  { isOk, isRedirect, retryAfterMs, status, text }: Answer,
  host: string,
): { readonly result: unknown } => {
  if (isRedirect) {
    throw new Thrown({ kind: "nonsense", status, detail: `${host} redirects, which is not followed; check the URL` });
  }
  const body = parseObject(text);
  if (typeof body?.["error"] === "string") {
    throw new Thrown({ kind: "refused", status, error: body["error"], retryAfterMs });
  }
  if (!isOk || body === undefined || !("result" in body)) {
    const detail = `${host} does not answer as a Redis over HTTP does (status ${status}); check the URL`;
    throw new Thrown({ kind: "nonsense", status, detail, retryAfterMs });
  }
  return { result: body["result"] };
};

/** What is thrown for an error on the way. */
export const asThrown = (error: unknown): unknown =>
  error instanceof NoAnswer ? new Thrown({ kind: "no-answer", detail: error.detail }) : error;

/** What a thrown error tells. */
export const asFailure = (error: unknown): Failure => error instanceof Thrown ? error.failure : { kind: "nonsense" };
