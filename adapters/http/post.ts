/**
 * One POST of JSON: sent once, aborted when it takes too long, no redirect followed, its failures free of secrets.
 */

/** What to send. */
export interface Post {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined: none. */
  readonly body: unknown;
  /** Milliseconds for the complete answer. */
  readonly timeoutMs: number;
  readonly interrupted: AbortSignal | undefined;
}

/** What came back, complete and unread. */
export interface Answer {
  readonly status: number;
  readonly isOk: boolean;
  readonly isRedirect: boolean;
  readonly headers: Headers;
  readonly text: string;
  /** `Retry-After`, in milliseconds, at most a day. */
  readonly retryAfterMs: number | undefined;
  /** What `now` showed when the answer began. */
  readonly answeredAt: number;
}

/** There was no complete answer. The detail names the host and holds nothing that was sent. */
export class NoAnswer extends Error {
  readonly detail: string;
  constructor(detail: string) {
    super(detail);
    this.detail = detail;
  }
}

/** Whether a host is this machine, so that nobody can listen on the way. */
export const isLoopback = (host: string): boolean =>
  host === "localhost" || host.endsWith(".localhost") || host === "[::1]" || /^127(\.\d{1,3}){3}$/.test(host);

/** A JSON object, or undefined for anything else. */
export const parseObject = (text: string): Readonly<Record<string, unknown>> | undefined => {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === "object" && body !== null && !Array.isArray(body)
      ? body as Readonly<Record<string, unknown>>
      : undefined;
  } catch {
    return undefined;
  }
};

const retryAfterMs = (header: string | null): number | undefined => {
  if (header === null) return undefined;
  const ms = /^\d{1,9}$/.test(header.trim()) ? Number(header) * 1_000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), 86_400_000) : undefined;
};

/** The code of a network error, as runtimes hang it on; whatever else is in the error is not repeated. */
const codeOf = (error: unknown): string => {
  const code = (error as { cause?: { code?: unknown } } | undefined)?.cause?.code;
  return typeof code === "string" && /^[A-Z][A-Z0-9_]{2,40}$/.test(code) ? ` (${code})` : "";
};

/** Whether this is a Worker: there nothing outlasts the invocation that began it. */
export const isWorker = (): boolean => typeof navigator === "object" && navigator.userAgent === "Cloudflare-Workers";

/** Workers refuse the field that keeps other platforms from caching a POST. */
const noStore = (): RequestInit => isWorker() ? {} : { cache: "no-store" };

/** Sends it, and has the head of the answer. */
export const sent = (
  send: typeof globalThis.fetch,
  { body, headers, url }: Post,
  signal: AbortSignal,
): Promise<Response> =>
  send(url, {
    ...noStore(),
    method: "POST",
    redirect: "manual",
    headers: { "content-type": "application/json", ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal,
  });

/** The rest of an answer. */
export const answerOf = async (response: Response, answeredAt: number): Promise<Answer> => {
  const text = await response.text();
  const { headers, ok, status } = response;
  return {
    status,
    isOk: ok,
    isRedirect: status === 0 || (status >= 300 && status < 400),
    headers,
    text,
    retryAfterMs: retryAfterMs(headers.get("retry-after")),
    answeredAt,
  };
};

/** What is said of an error on the way: whose it was, and none of what it says but its code. */
export const noAnswer = (url: string, what: string, error: unknown): NoAnswer =>
  new NoAnswer(`${what} from ${new URL(url).host}${codeOf(error)}`);

/** Sends it. Rejects with `NoAnswer`. */
export const postJson = async (
  send: typeof globalThis.fetch,
  post: Post,
  now: () => number = Date.now,
): Promise<Answer> => {
  const { interrupted, timeoutMs, url } = post;
  const abort = new AbortController();
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    abort.abort();
  }, timeoutMs);
  const stop = () => abort.abort();
  if (interrupted?.aborted) stop();
  interrupted?.addEventListener("abort", stop);
  try {
    const response = await sent(send, post, abort.signal);
    return await answerOf(response, now());
  } catch (error) {
    const late = `no complete answer from ${new URL(url).host} within ${timeoutMs} ms`;
    throw isLate ? new NoAnswer(late) : noAnswer(url, "no complete answer", error);
  } finally {
    clearTimeout(timer);
    interrupted?.removeEventListener("abort", stop);
  }
};
