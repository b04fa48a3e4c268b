/**
 * What a doctor finds.
 */

/** One thing that was looked at. */
export interface Finding {
  readonly what: string;
  /** `note`: it works, and could be better; `unknown`: it cannot be told. */
  readonly is: "good" | "note" | "bad" | "unknown";
  /** How it is. */
  readonly says: string;
  /** What to change, in words. */
  readonly change?: string | undefined;
}

/** It is as it should be. */
export const good = (what: string, says: string): Finding => ({ what, is: "good", says });

/** It works, and could be better. */
export const note = (what: string, says: string, change: string): Finding => ({ what, is: "note", says, change });

/** It must be changed. */
export const bad = (what: string, says: string, change: string): Finding => ({ what, is: "bad", says, change });

/** It cannot be told. */
export const unknown = (what: string, says: string): Finding => ({ what, is: "unknown", says });
