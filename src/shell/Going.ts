/**
 * What is kept of runs while they go on, by job and fence. A key made of both would be a text for each run, which takes as long as half
 * of a start.
 */

interface Kept<A> {
  readonly fence: number;
  readonly it: A;
  /** The next run of the same job; mostly there is none. */
  next: Kept<A> | undefined;
}

/** Empty at first. Two of one job and fence are a stack. */
export class Going<A> {
  readonly #byJob = new Map<string, Kept<A>>();

  set(job: string, fence: number, it: A): void {
    this.#byJob.set(job, { fence, it, next: this.#byJob.get(job) });
  }

  get(job: string, fence: number): A | undefined {
    let kept = this.#byJob.get(job);
    while (kept !== undefined && kept.fence !== fence) kept = kept.next;
    return kept?.it;
  }

  /** What is kept, and is not any more. */
  take(job: string, fence: number): A | undefined {
    let before: Kept<A> | undefined;
    let kept = this.#byJob.get(job);
    while (kept !== undefined && kept.fence !== fence) {
      before = kept;
      kept = kept.next;
    }
    if (kept === undefined) return undefined;
    if (before !== undefined) before.next = kept.next;
    else if (kept.next === undefined) this.#byJob.delete(job);
    else this.#byJob.set(job, kept.next);
    return kept.it;
  }
}
