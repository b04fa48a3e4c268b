/**
 * One look for all who want it at the same time.
 *
 * Nobody waits for the promise of another: a Worker must not, as what one request of it began may end with that request. Whoever looks
 * gives signs of life instead, by which the others go, and leaves what was found where they find it.
 */

/** How often there is a sign of life, and how often somebody looks for one. Milliseconds. */
const signMs = 50;

/** So often without a new sign, and nobody looks any more. A host that is busy is late with both, and so is nobody's end. */
const mostSilent = 8;

/** A look that somebody has begun. */
interface Begun<A> {
  signs: number;
  /** What came of it, once it is over: answers, or throws. */
  found?: () => A;
}

/** A look that several share. */
export interface UnderWay<A> {
  /** Looks, unless somebody does already: then it gives what that one finds, or fails with. */
  readonly see: () => Promise<A>;
  /** Whether somebody has begun, and is not known to be through, or to be gone. */
  readonly isUnderWay: () => boolean;
  /** From now on nobody is given what was begun before, and it is not kept. */
  readonly forget: () => void;
}

const pause = (): Promise<void> => new Promise((over) => setTimeout(over, signMs));

/** Shares a look. What it finds is given to `keep`, once, before anybody has it. */
export const underWay = <A>(look: () => Promise<A>, keep: (seen: A) => void): UnderWay<A> => {
  let last: Begun<A> | undefined;

  const begin = async (): Promise<A> => {
    const begun: Begun<A> = { signs: 0 };
    last = begun;
    const living = setInterval(() => void (begun.signs += 1), signMs);
    try {
      const seen = await look();
      begun.found = () => seen;
      if (last === begun) keep(seen);
      return seen;
    } catch (error) {
      begun.found = () => {
        throw error;
      };
      throw error;
    } finally {
      clearInterval(living);
      if (last === begun) last = undefined;
    }
  };

  const see = async (): Promise<A> => {
    const begun = last;
    if (begun === undefined) return await begin();
    for (let silent = 0; silent < mostSilent;) {
      const { signs } = begun;
      await pause();
      if (begun.found !== undefined) return begun.found();
      silent = begun.signs === signs ? silent + 1 : 0;
    }
    if (last === begun) last = undefined;
    return await see();
  };

  return { see, isUnderWay: () => last !== undefined, forget: () => void (last = undefined) };
};
