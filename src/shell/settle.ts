/**
 * Waiting for functions of strangers: they may throw, answer with a promise, or with something that only looks like one.
 */

/** Tells once how a promise, or what only looks like one, is settled, whatever it does. */
const follow = (
  answer: unknown,
  then: (done: (value: unknown) => void, failed: (error: unknown) => void) => unknown,
  done: (value: unknown) => void,
  failed: (error: unknown) => void,
): void => {
  let isOver = false;
  const end = (tell: () => void): void => {
    if (isOver) return;
    isOver = true;
    tell();
  };
  const fail = (error: unknown): void => end(() => failed(error));
  try {
    Reflect.apply(then, answer, [(value: unknown) => end(() => done(value)), fail]);
  } catch (error) {
    fail(error);
  }
};

/**
 * Calls a function and tells when what it answered with is settled: once, whatever it does. What a promise comes to is not
 * looked at, as `await` would: an answer that comes to itself again and again would keep the process busy for ever.
 *
 * Each run passes here, so nothing is made for an answer that is there at once.
 */
export const settle = (work: () => unknown, done: (value: unknown) => void, failed: (error: unknown) => void): void => {
  let answer: unknown;
  let then: unknown;
  try {
    answer = work();
    const isObject = typeof answer === "function" || (typeof answer === "object" && answer !== null);
    then = isObject ? (answer as { readonly then?: unknown }).then : undefined;
  } catch (error) {
    return failed(error);
  }
  if (typeof then === "function") return follow(answer, then as Parameters<typeof follow>[1], done, failed);
  try {
    done(answer);
  } catch {
    // It was told: what it makes of that is nobody's failure.
  }
};
