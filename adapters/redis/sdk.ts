/**
 * `#upstash` by default: commands as `@upstash/redis` makes them, and its reading of what comes back.
 */
import type { Load } from "./http.ts";

export { subscribe } from "./subscribe.ts";

/** Loads the client. */
export const load: Load = async () => {
  const { Redis } = await import("@upstash/redis");
  return (post) => {
    const redis = new Redis({
      request: <A>({ body }: { body?: unknown }) => post(body) as Promise<{ result: A }>,
    });
    return (command, script, keys, args) => redis[command]<Array<string>, unknown>(script, [...keys], [...args]);
  };
};
