/**
 * Waiting for functions of strangers: they may throw, answer with a promise, or with something that only looks like one.
 */

/**
 * Calls a function and tells when what it answered with is settled: once, whatever it does. What a promise comes to is not
 * looked at, as `await` would: an answer that comes to itself again and again would keep the process busy for ever.
 */
export const settle = (work: () => unknown, done: (value: unknown) => void, failed: (error: unknown) => void): void => {
  let isOver = false;
  const end = (tell: () => void): void => {
    if (isOver) return;
    isOver = true;
    tell();
  };
  const fail = (error: unknown): void => end(() => failed(error));
  try {
    const answer = work();
    const isObject = typeof answer === "function" || (typeof answer === "object" && answer !== null);
    const then: unknown = isObject ? (answer as { readonly then?: unknown }).then : undefined;
    if (typeof then === "function") Reflect.apply(then, answer, [(value: unknown) => end(() => done(value)), fail]);
    else end(() => done(answer));
  } catch (error) {
    fail(error);
  }
};
