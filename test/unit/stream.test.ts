/**
 * A POST whose answer does not end: what ends it from this side.
 */
import { expect, it } from "vitest";
import { postForLines } from "../../adapters/http/stream.ts";

const post = { url: "http://127.0.0.1:1/", headers: {}, body: {}, timeoutMs: 100, interrupted: undefined };

/** Answers with these lines at once and no end. */
const answering = (lines: string): { readonly send: typeof globalThis.fetch; readonly open: () => number } => {
  let open = 0;
  const send = ((_: unknown, init: RequestInit) => {
    if (init.signal?.aborted) return Promise.reject(new Error("aborted"));
    open += 1;
    return Promise.resolve(
      new Response(
        new ReadableStream({
          start: (controller) => {
            controller.enqueue(new TextEncoder().encode(lines));
            init.signal?.addEventListener("abort", () => {
              open -= 1;
              controller.error(new Error("aborted"));
            });
          },
        }),
      ),
    );
  }) as typeof globalThis.fetch;
  return { send, open: () => open };
};

it("nothing stays open that was interrupted before it was sent", async () => {
  const { open, send } = answering("");
  const interrupted = AbortSignal.abort();
  await expect(postForLines(send, { ...post, interrupted, timeoutMs: 60_000 }, () => undefined)).rejects.toThrow();
  expect(open()).toBe(0);
});

it("lines that say nothing are none, and one that says that it stands is waited for no longer", async () => {
  const quiet = answering(":\n\nhello\n");
  await expect(postForLines(quiet.send, post, () => undefined)).rejects.toThrow("no stream");
  expect(quiet.open()).toBe(0);
  const opened = answering("hello\n");
  const stopping = new AbortController();
  let isOver = false;
  const standing = postForLines(opened.send, { ...post, interrupted: stopping.signal }, (line, stands) => {
    if (line === "hello") stands();
    return undefined;
  }).catch(() => isOver = true);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect([isOver, opened.open()]).toEqual([false, 1]);
  stopping.abort();
  await standing;
  expect(opened.open()).toBe(0);
});
