/**
 * What a decision rests on, and so what is proved with it.
 */
import { lasts, leaseOf } from "../ledger/lease.ts";
import * as Moment from "../ledger/Moment.ts";
import type { Seen } from "./rows.ts";

/** What a decision may rest on. Its questions are proved with it. */
export interface Grounds {
  /** The store's clock. */
  readonly moment: Moment.Estimate;
  /** The same as a number: of the reading that the decision rests on, or an estimate if there was none. */
  readonly at: number;
  /** Whether an incarnation is a member, or has a lease that lasts. */
  readonly isMember: (incarnation: string) => boolean;
  /** What is under a key that is none of the subject's: it is proved to be so, and stays but for what `also` says. */
  readonly rest: (key: string) => Seen | undefined;
  /** The layout to write. */
  readonly layout: number;
}

const nobody: ReadonlyArray<never> = [];

/** What a decision rests on, as it comes out while it is made. A class, as one is made for every fire: closures would be most of it. */
export class Ground implements Grounds {
  readonly moment: Moment.Estimate;
  readonly at: number;
  readonly layout: number;
  readonly #isMember: (incarnation: string) => boolean;
  readonly #rowOf: (key: string) => Seen | undefined;
  members: ReadonlyArray<readonly [string, boolean]> = nobody;
  others: Map<string, Seen | undefined> | undefined;

  constructor(
    at: number,
    clock: number,
    layout: number,
    isMember: (incarnation: string) => boolean,
    rowOf: (key: string) => Seen | undefined,
  ) {
    this.moment = Moment.around(clock);
    this.at = at;
    this.layout = layout;
    this.#isMember = isMember;
    this.#rowOf = rowOf;
  }

  get isMember(): (incarnation: string) => boolean {
    return (incarnation) => {
      const lease = leaseOf(incarnation);
      if (lease !== undefined) return lasts(lease, this.moment);
      for (const [asked, answer] of this.members) if (asked === incarnation) return answer;
      const answer = this.#isMember(incarnation);
      this.members = [...this.members, [incarnation, answer]];
      return answer;
    };
  }

  get rest(): (key: string) => Seen | undefined {
    return (key) => {
      this.others ??= new Map();
      if (!this.others.has(key)) this.others.set(key, this.#rowOf(key));
      return this.others.get(key);
    };
  }
}
