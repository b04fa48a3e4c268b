/**
 * What a function may write is held to its type (`src/core/node/Draft.ts`): what must not compile is expected not to, so that
 * a check of types that lets it pass fails (`compiles.test.ts`). Nothing here is run.
 */
import { type Draft, emit, type Reading, type Slice, type Slices } from "../../src/core/node/Draft.ts";
import { deleteRun } from "../../src/core/node/held.ts";
import { setJob } from "../../src/core/node/jobs.ts";
import type { JobEntry, LocalRun, State } from "../../src/core/node/State.ts";
import { claimTime } from "../../src/core/node/times.ts";

type IsNever<A> = [A] extends [never] ? true : false;
type FieldOf<S extends Slice> = { readonly [K in S]: keyof Slices[K] }[S];
type Unclaimed = Exclude<keyof State, FieldOf<Slice>>;
type Shared = { readonly [S in Slice]: FieldOf<S> & FieldOf<Exclude<Slice, S>> }[Slice];

/** Each field but the configuration belongs to a slice, and to one only. */
export const onlyConfig: Unclaimed extends "config" ? true : false = true;
export const noneTwice: IsNever<Shared> = true;

export const ofRuns = (draft: Draft<"runs">, entry: JobEntry, local: LocalRun): void => {
  deleteRun(draft, local);
  draft.runCount = draft.jobs.size;
  emit(draft, { _tag: "HandlerAbandoned", run: local.run });
  claimTime(draft, entry);

  // @ts-expect-error a field of another slice
  draft.jobs = draft.jobs.delete(local.run.job);
  // @ts-expect-error what it calls writes another slice
  setJob(draft, entry);
  // @ts-expect-error nor may it call one that writes its own and another
  ofBoth(draft, entry, local);
  // @ts-expect-error the configuration is nobody's
  draft.config = { ...draft.config };
  // @ts-expect-error the time of the step is that of its slice
  draft.now = 0;
};

export const ofBoth = (draft: Draft<"runs" | "jobs">, entry: JobEntry, local: LocalRun): void => {
  setJob(draft, entry);
  deleteRun(draft, local);
};

export const ofNone = (draft: Reading, entry: JobEntry, local: LocalRun): void => {
  emit(draft, { _tag: "HandlerAbandoned", run: local.run });
  claimTime(draft, entry);

  // @ts-expect-error it writes nothing
  draft.runCount = 0;
  // @ts-expect-error nor does what it calls
  deleteRun(draft, local);
};

export const ofAll = (draft: Draft<Slice>, entry: JobEntry, local: LocalRun): void => {
  ofRuns(draft, entry, local);
  ofBoth(draft, entry, local);
  ofNone(draft, entry, local);
};
