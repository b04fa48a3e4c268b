/**
 * A POST whose answer does not end: a line now and then, for as long as both sides hold the connection.
 */
import { type Answer, answerOf, noAnswer, type Post, sent } from "./post.ts";

/** The longest line that is read; of a longer one nothing is. */
const maxLine = 65_536;

/** Splits what comes into lines. */
const splitting = (onLine: (line: string) => void): (text: string) => void => {
  let rest = "";
  let isTooLong = false;
  return (text) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (!isTooLong) onLine(line.replace(/\r$/, ""));
      isTooLong = false;
    }
    if (rest.length > maxLine) [rest, isTooLong] = ["", true];
  };
};

/**
 * Sends it and hands on line by line; what `onLine` gives back ends it. Resolves with an answer that is a refusal, complete. Rejects
 * with what ended it, or with `NoAnswer` when no line within `timeoutMs` was one of which `onLine` says that it `stands`, and when the
 * stream ends.
 */
export const postForLines = async (
  send: typeof globalThis.fetch,
  post: Post,
  onLine: (line: string, stands: () => void) => Error | undefined,
): Promise<Answer> => {
  let ended: Error | undefined;
  const abort = new AbortController();
  const stop = () => abort.abort();
  if (post.interrupted?.aborted) stop();
  post.interrupted?.addEventListener("abort", stop);
  const timer = setTimeout(stop, post.timeoutMs);
  const stands = () => clearTimeout(timer);
  try {
    const response = await sent(send, post, abort.signal);
    if (!response.ok || response.body === null) return await answerOf(response, Date.now());
    const reader = response.body.getReader();
    const decoder = new TextDecoder();
    const take = splitting((line) => {
      ended ??= onLine(line, stands);
    });
    // What has ended may stay open on the other side: nothing more is waited for then.
    while (ended === undefined) {
      const part = await reader.read();
      if (part.done) break;
      take(decoder.decode(part.value, { stream: true }));
    }
    throw ended ?? new Error("the stream is over");
  } catch (error) {
    throw error === ended ? error : noAnswer(post.url, "no stream", error);
  } finally {
    clearTimeout(timer);
    post.interrupted?.removeEventListener("abort", stop);
    stop();
  }
};
