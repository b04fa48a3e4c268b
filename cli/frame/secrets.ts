/**
 * What must not be shown, whatever is printed.
 */

/** Keeps secrets, and takes them out of texts. */
export interface Secrets {
  /** From now on this is not shown. */
  readonly keep: (secret: string | undefined) => void;
  /** The text without them. */
  readonly without: (text: string) => string;
}

/** Shorter ones would be found in words that have nothing to do with them. */
const shortest = 4;

/** A keeper of none yet. */
export const makeSecrets = (): Secrets => {
  const kept = new Set<string>();
  return {
    keep: (secret) => {
      if (secret === undefined || secret.length < shortest) return;
      for (const form of [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]) kept.add(form);
    },
    without: (text) => {
      let rest = text;
      // The longest first: one may hold another.
      for (const secret of [...kept].sort((a, b) => b.length - a.length)) rest = rest.split(secret).join("[secret]");
      return rest;
    },
  };
};
