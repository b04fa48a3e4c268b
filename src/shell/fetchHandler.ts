/**
 * A ticker behind HTTP, for whatever calls an address at times: Vercel Cron, QStash, Netlify, GitHub Actions.
 */
import { InvalidInput, strangeField } from "../core/words/InvalidInput.ts";
import { DriverError } from "../Driver.ts";
import type { Ticker } from "./plainTicker.ts";
import type { TickOptions } from "./tickerOptions.ts";

/** Options of `fetchHandler`. */
export interface FetchOptions extends TickOptions {
  /** What a caller sends as `Authorization: Bearer …`. At least 16 characters. */
  readonly secret: string;
  /** Whether `GET` ticks too, for platforms that call with nothing else. Default: no. */
  readonly allowGet?: boolean | undefined;
}

const leastSecret = 16;

const digestOf = async (text: string): Promise<Uint8Array> =>
  new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));

/** Takes as long for any two texts: what they are hashed to is compared to its end. */
const isSame = async (one: string, other: string): Promise<boolean> => {
  const [a, b] = await Promise.all([digestOf(one), digestOf(other)]);
  let difference = 0;
  a.forEach((byte, index) => difference |= byte ^ (b[index] ?? 0));
  return difference === 0;
};

const json = (status: number, body: unknown): Response =>
  new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json", "cache-control": "no-store" },
  });

const checked = (options: FetchOptions): FetchOptions => {
  if (typeof options !== "object" || options === null) {
    // Not what was given: it may be the secret.
    throw new InvalidInput("options", typeof options, "an object with a secret");
  }
  const strange = strangeField(options, ["secret", "allowGet", "maxMs", "waitMs"]);
  if (strange !== undefined) throw strange;
  const { allowGet, secret } = options;
  if (typeof secret !== "string" || secret.length < leastSecret) {
    const given = typeof secret === "string" ? `a text of ${secret.length} characters` : typeof secret;
    throw new InvalidInput("secret", given, `a text of at least ${leastSecret} characters`);
  }
  if (allowGet !== undefined && typeof allowGet !== "boolean") {
    throw new InvalidInput("allowGet", allowGet, "true or false");
  }
  return options;
};

/**
 * Ticks for each `POST` that has the secret, and answers with the report as JSON: 200; 401 without a word for any other secret, 405
 * for another method, 503 where the store cannot be used. The body of the request is not read. Throws `InvalidInput` for a secret
 * that is missing or short.
 *
 * @example
 * ```ts
 * import { createTicker, fetchHandler } from "ringcron/edge";
 * import * as Memory from "ringcron/memory";
 *
 * const ticker = await createTicker({ service: "billing", driver: Memory.layer(), eager: true });
 * const handle = fetchHandler(ticker, { secret: "a-long-random-text" });
 * const request = new Request("https://example.com/tick", { method: "POST" });
 * console.log((await handle(request)).status); // 401
 * ```
 */
export const fetchHandler = (ticker: Ticker, options: FetchOptions): (request: Request) => Promise<Response> => {
  const { allowGet = false, maxMs, secret, waitMs } = checked(options);
  const tickOptions = { maxMs, waitMs };
  return async (request) => {
    const given = request.headers.get("authorization") ?? "";
    if (!await isSame(given, `Bearer ${secret}`)) return new Response(null, { status: 401 });
    if (request.method !== "POST" && !(allowGet && request.method === "GET")) {
      return new Response(null, { status: 405, headers: { allow: allowGet ? "GET, POST" : "POST" } });
    }
    try {
      return json(200, await ticker.tick(tickOptions));
    } catch (error) {
      if (error instanceof DriverError) return json(503, { error: error.message });
      throw error;
    }
  };
};
