/**
 * What a node has asked the store about a job, and what may still come of it. Each function is one thing that can happen to it.
 */

/**
 * A claim that is asked under one id until it is known what became of it: the watermark it was to move to, `mixed` if copies
 * of it were to move it to different instants, undefined while there were only syncs.
 */
export interface Claim {
  readonly id: string;
  readonly to: number | "mixed" | undefined;
}

/** A copy of a request that the store may still apply: a claim, a sync that may take over runs, one that may take queued fires. */
export interface Copy {
  readonly kind: "claim" | "sync" | "take";
  /** Fleet time. */
  readonly until: number;
}

/** What is under way about one job. */
export interface Requests {
  /** The request whose answer is awaited: a claim or sync, one that was wished for whatever is due, or a look. */
  readonly flight: "claim" | "wish" | "peek" | undefined;
  /** The last claim or sync had no answer. */
  readonly isUnanswered: boolean;
  readonly claim: Claim | undefined;
  /** At most one of a kind; whatever takes fires is no later than the sync that does. */
  readonly copies: ReadonlyArray<Copy>;
}

/** Nothing is under way. */
export const none: Requests = { flight: undefined, isUnanswered: false, claim: undefined, copies: [] };

const added = (copies: ReadonlyArray<Copy>, kind: Copy["kind"], until: number): ReadonlyArray<Copy> => {
  if (copies.length === 0) return [{ kind, until }];
  const known = copies.find((copy) => copy.kind === kind)?.until ?? 0;
  return [...copies.filter((copy) => copy.kind !== kind), { kind, until: Math.max(known, until) }];
};

const kinds: ReadonlyArray<Copy["kind"]> = ["claim", "sync", "take"];

/** Copies that can still be applied at an instant of the store. */
const left = (copies: ReadonlyArray<Copy>, storeTime: number): ReadonlyArray<Copy> =>
  copies.length === 0 ? copies : copies.filter(({ until }) => until >= storeTime);

/** A replay tells where the watermark is, not who moved it there: only claims to one and the same instant can tell. */
const towards = (before: Claim["to"], to: number): Claim["to"] => before === undefined || before === to ? to : "mixed";

/** A claim is sent, to move the watermark to an instant. */
export const claimed = (
  { claim, copies }: Requests,
  id: string,
  to: number,
  isWish: boolean,
  until: number,
): Requests => ({
  flight: isWish ? "wish" : "claim",
  isUnanswered: false,
  claim: { id, to: towards(claim?.to, to) },
  copies: added(copies, "claim", until),
});

/** A sync is sent. Whatever the delivery: a run that was given back is handed to whoever asks next. */
export const synced = (
  { claim, copies }: Requests,
  id: string,
  takes: boolean,
  isWish: boolean,
  until: number,
): Requests => {
  const some = added(copies, "sync", until);
  return {
    flight: isWish ? "wish" : "claim",
    isUnanswered: false,
    claim: claim ?? { id, to: undefined },
    copies: takes ? added(some, "take", until) : some,
  };
};

/** A look is sent. */
export const peeked = ({ claim, copies, isUnanswered }: Requests): Requests => ({
  flight: "peek",
  isUnanswered,
  claim,
  copies,
});

/** The request had no answer: whether it was carried out is unknown, so the same is asked again. */
export const lost = ({ claim, copies, flight, isUnanswered }: Requests): Requests => ({
  flight: undefined,
  isUnanswered: isUnanswered || flight !== "peek",
  claim,
  copies,
});

/**
 * A claim or sync is answered. If that settles the claim, no copy of it does more. An engine knows until when copies of what was
 * asked may still hand something over; who does not goes by the time.
 */
export const answered = (
  { claim, copies }: Requests,
  isSettled: boolean,
  doubtUntil: number | undefined,
  storeTime: number,
): Requests => {
  const asked = doubtUntil === undefined
    ? isSettled ? copies.filter(({ kind }) => kind !== "claim") : copies
    : doubtUntil < storeTime
    ? none.copies
    : kinds.map((kind) => ({ kind, until: doubtUntil }));
  const later = left(asked, storeTime);
  if (later.length === 0 && (isSettled || claim === undefined)) return none;
  return { flight: undefined, isUnanswered: false, claim: isSettled ? undefined : claim, copies: later };
};

/** A look is answered: what could be applied until then is not applied any more. */
export const looked = ({ claim, copies, isUnanswered }: Requests, storeTime: number): Requests => {
  const later = left(copies, storeTime);
  const isSettled = later.length === 0;
  return {
    flight: undefined,
    isUnanswered: isUnanswered && !isSettled,
    claim: isSettled ? undefined : claim,
    copies: later,
  };
};

/**
 * The record could not be read: an earlier copy may have been committed before, so nothing is known, and nothing is settled before
 * a later answer.
 */
export const unread = ({ claim, copies, isUnanswered }: Requests, until: number): Requests => ({
  flight: undefined,
  isUnanswered,
  claim,
  copies: copies.map((copy) => ({ kind: copy.kind, until: Math.max(copy.until, until) })),
});

/** Until when a copy may hand a run to this node, fleet time; 0: none can. */
export const doubtUntil = ({ copies }: Requests): number => {
  let last = 0;
  for (const { until } of copies) if (until > last) last = until;
  return last;
};
