/**
 * One step in the making: a copy of the state that may be written while the step lasts, and the commands it gathers.
 *
 * What is written is copied first, so the state that was handed in stays as it was.
 */
import type { Event, Happening } from "../words/Event.ts";
import { hashOf } from "../words/hash.ts";
import type { Completion } from "../words/Request.ts";
import type { Member } from "../words/View.ts";
import * as FleetClock from "./FleetClock.ts";
import type { Instant } from "./FleetClock.ts";
import { type JobTimes, unplanned } from "./jobTimes.ts";
import { ownedUntil } from "./role.ts";
import type {
  Command,
  Fleet,
  Flight,
  JobEntry,
  Jobs,
  Membership,
  NextBeat,
  NodeRequest,
  Reports,
  Runs,
  Sending,
  State,
  Time,
  Traffic,
} from "./State.ts";

/** What a step works on: the state, and what lasts no longer than the step. */
interface Work extends State {
  /** What is to be done. Whoever has a draft may add to it, an event above all. A request is added by `send`. */
  readonly commands: Array<Command>;
  /** The fleet's time of this step, epoch milliseconds. */
  readonly now: number;
  /** What this step has copied of persistent maps, it may write. */
  readonly edit: object;
  readonly isFlightsOwn: boolean;
  readonly isCompletionsOwn: boolean;
  /** What the agendas say of the job that was written last: many are written alike, one after the other. */
  readonly times: JobTimes;
}

/** What is written together, by name. */
export interface Slices {
  readonly time: Time & Pick<Work, "now">;
  readonly membership: Membership;
  readonly beat: NextBeat;
  readonly fleet: Fleet;
  readonly jobs: Jobs & Pick<Work, "times">;
  readonly runs: Runs;
  readonly reports: Reports & Pick<Work, "isCompletionsOwn">;
  readonly traffic: Traffic & Pick<Work, "isFlightsOwn">;
}

/** The name of a slice. */
export type Slice = keyof Slices;

type FieldsOf<W extends Slice> = keyof Work & { readonly [S in W]: keyof Slices[S] }[W];

/**
 * The state while it is being made, for a function that writes some slices of it, itself or by what it calls: everything may
 * be read, and only their fields may be written. A draft for more slices may be handed on as one for fewer, never the other way.
 */
export type Draft<W extends Slice> =
  & Omit<Work, FieldsOf<W>>
  & { -readonly [K in FieldsOf<W>]: Work[K] }
  & {
    /** Never there. Whether a field is `readonly` does not count when one type is held against another; this does. */
    readonly mayWrite?: (slice: W) => void;
  };

/** The state while it is being made, for a function that writes none of it. */
export type Reading = Draft<never>;

/**
 * How many jobs one step looks at, where more are to be claimed at one instant, and how many ends it is told: the others are the next
 * step's, so that no step keeps a process from everything else for longer than some milliseconds.
 */
export const mostInStep = 500;

/** How many jobs one request may carry. */
export const maxItems = 200;

/** What goes into one request each. */
export const inBatches = <A>(items: ReadonlyArray<A>): ReadonlyArray<ReadonlyArray<A>> => {
  const batches: Array<ReadonlyArray<A>> = [];
  for (let start = 0; start < items.length; start += maxItems) batches.push(items.slice(start, start + maxItems));
  return batches;
};

/**
 * A copy of the state and of nothing else, field by field: objects that are made by spread and rest with this many fields
 * are kept as dictionaries by some engines, which makes every step several times slower.
 */
const copy = (state: State): { -readonly [K in keyof State]: State[K] } => ({
  config: state.config,
  phase: state.phase,
  at: state.at,
  wakeAt: state.wakeAt,
  clock: state.clock,
  incarnation: state.incarnation,
  hasJoined: state.hasJoined,
  deployment: state.deployment,
  view: state.view,
  knownVersion: state.knownVersion,
  declaredByDigest: state.declaredByDigest,
  digest: state.digest,
  isDeclaredStored: state.isDeclaredStored,
  timesDeclared: state.timesDeclared,
  zones: state.zones,
  divergence: state.divergence,
  lease: state.lease,
  hasLapsed: state.hasLapsed,
  stallMs: state.stallMs,
  lapsedAt: state.lapsedAt,
  beatAt: state.beatAt,
  jobs: state.jobs,
  ordinal: state.ordinal,
  looks: state.looks,
  dues: state.dues,
  yields: state.yields,
  leadMs: state.leadMs,
  waiting: state.waiting,
  shelving: state.shelving,
  runs: state.runs,
  runCount: state.runCount,
  starts: state.starts,
  limits: state.limits,
  completions: state.completions,
  unrecorded: state.unrecorded,
  reportAgainAt: state.reportAgainAt,
  refusals: state.refusals,
  flights: state.flights,
  sendings: state.sendings,
  sequence: state.sequence,
  outage: state.outage,
  leaving: state.leaving,
});

/**
 * A time a few microseconds beside a whole millisecond is that millisecond: sums of instants are no more exact, and who is woken at
 * an instant must find that it has come.
 */
export const onTheDot = (time: number): number => {
  const whole = Math.round(time);
  return Math.abs(time - whole) < 0.005 ? whole : time;
};

/** Opens a step at an instant. */
export const open = (state: State, at: Instant): Draft<Slice> => {
  const now = onTheDot(FleetClock.now(state.clock, at));
  const draft = copy(state) as Draft<Slice> & { commands: Array<Command>; edit: object };
  draft.at = at;
  draft.clock = FleetClock.told(state.clock, now);
  draft.commands = [];
  draft.now = now;
  draft.edit = {};
  draft.isFlightsOwn = false;
  draft.isCompletionsOwn = false;
  draft.times = unplanned;
  return draft;
};

/** Closes it. */
export const close = (draft: Reading): readonly [State, ReadonlyArray<Command>] => [copy(draft), draft.commands];

/** Tells the world of something that has its time. What happens in every run is told so, which spares a copy. */
export const tell = (draft: Reading, event: Event): void => {
  draft.commands.push({ _tag: "Emit", event });
};

/** Tells the world. */
export const emit = (draft: Reading, happening: Happening): void =>
  tell(draft, { ...happening, at: Math.floor(draft.now) });

/** Adds the end of a run to what is to be reported. */
export const addCompletion = (draft: Draft<"reports">, completion: Completion): void => {
  if (!draft.isCompletionsOwn) {
    draft.completions = [...draft.completions];
    draft.isCompletionsOwn = true;
  }
  (draft.completions as Array<Completion>).push(completion);
};

const ownFlights = (draft: Draft<"traffic">): Map<number, Flight> => {
  if (!draft.isFlightsOwn) {
    draft.flights = new Map(draft.flights);
    draft.isFlightsOwn = true;
  }
  return draft.flights as Map<number, Flight>;
};

/** Hands a request to the shell, under an id of its own. */
const dispatch = (draft: Draft<"traffic">, request: NodeRequest, flight: number): void => {
  const timeoutMs = draft.config.requestTimeoutMs;
  draft.sendings = new Map(draft.sendings).set(draft.sequence, { flight, sent: draft.at });
  draft.commands.push({ _tag: "Send", id: draft.sequence, request, timeoutMs });
};

/** Sends a request and awaits its answer. */
export const send = (draft: Draft<"traffic">, request: NodeRequest, isAhead = false): void => {
  const { at } = draft;
  draft.sequence += 1;
  ownFlights(draft).set(draft.sequence, { request, sent: at, sentAgainAt: at.mono, sendings: 1, isAhead });
  dispatch(draft, request, draft.sequence);
};

/** What is added to round trips where something is counted on to be done by then. Milliseconds. */
const slackMs = 50;

/**
 * When a request without an answer is sent again, monotonic: after many round trips, and each time after twice as long. It
 * may be lost, or the store may be slower than it was. A claim that was made ahead is sent once more before that, after two, so that
 * an answer that is lost makes nothing late.
 */
export const repeatTime = ({ clock }: Reading, { isAhead, sendings, sentAgainAt }: Flight): number => {
  if (isAhead && sendings === 1) return sentAgainAt + 2 * clock.roundTripMs + slackMs;
  const before = isAhead ? sendings - 2 : sendings - 1;
  return sentAgainAt + Math.max(1_000, 500 + 10 * clock.roundTripMs) * 2 ** before;
};

/** Sends a request again as it was, so that whichever copy the store sees first is the one that counts. */
export const sendAgain = (draft: Draft<"traffic">, id: number, flight: Flight): void => {
  draft.sequence += 1;
  ownFlights(draft).set(id, { ...flight, sentAgainAt: draft.at.mono, sendings: flight.sendings + 1 });
  dispatch(draft, flight.request, id);
};

/** A sending that was answered or given up, and its flight, if it is the first of that flight. */
export interface Landed {
  readonly sent: Instant;
  readonly flight: Flight | undefined;
}

/** Takes a sending that is answered or given up; undefined if it is none of this incarnation. */
export const land = (draft: Draft<"traffic">, id: number): Landed | undefined => {
  const sending: Sending | undefined = draft.sendings.get(id);
  if (sending === undefined) return undefined;
  const sendings = new Map(draft.sendings);
  sendings.delete(id);
  draft.sendings = sendings;
  const flight = draft.flights.get(sending.flight);
  if (flight !== undefined) ownFlights(draft).delete(sending.flight);
  return { sent: sending.sent, flight };
};

/** Whether an answer to a request of this kind is awaited. */
export const isAwaiting = (draft: Reading, tag: NodeRequest["_tag"]): boolean => {
  for (const { request } of draft.flights.values()) if (request._tag === tag) return true;
  return false;
};

/** Milliseconds since an instant, by whichever clock says more: one of them may have stood still. */
export const elapsed = (draft: Pick<State, "at">, since: Instant): number =>
  Math.max(draft.at.mono - since.mono, draft.at.wall - since.wall);

/** Whether this node may rely on its membership. */
export const hasLease = (draft: Pick<State, "at" | "lease">): boolean =>
  draft.lease !== undefined && elapsed(draft, draft.lease.sent) < draft.lease.ttlMs;

/** How far ahead of its due instant a fire is claimed: a few round trips, at most 1.5 s. Milliseconds. */
export const lookahead = (draft: Reading): number =>
  draft.config.lookaheadMs ?? Math.min(1_500, Math.max(200, 100 + 4 * draft.clock.roundTripMs));

/** By when a member has heard of what the store knows now, fleet time: by the beat that it promised. */
export const hearsBy = ({ clock }: Pick<State, "clock">, { nextBeatAt }: Pick<Member, "nextBeatAt">): number =>
  nextBeatAt + clock.roundTripMs + slackMs;

/**
 * How far ahead a fire is claimed while a report is under way that the run before it is over: late enough for the report to
 * be there first on all but slow stores, and early enough for the fire to start on time. Milliseconds.
 */
export const reportingAhead = (draft: Reading): number => Math.min(draft.clock.latestTripMs, lookahead(draft));

/** How long after the due instant others wait for the owner's claim, which may take as long as their own to get there. */
export const patience = (draft: Reading): number => draft.config.graceMs + draft.clock.latestTripMs;

/** The shortest time from beat to beat. */
export const busyGapMs = ({ config }: Pick<State, "config">): number => Math.floor(config.leaseMs / 2);

/** The gap between beats while a run lasts. Milliseconds. */
export const runningGapMs = ({ config }: Pick<State, "config">): number => Math.floor(config.leaseMs / 5);

/** How long after it was to be heard of again a node without runs may be missed, at the least. Milliseconds. */
export const idleSlackMs = ({ config }: Pick<State, "config">): number => Math.floor(0.35 * config.leaseMs);

/**
 * How long the promise of a node that works lasts from each contact, milliseconds: never less than four round trips, or twice the
 * longest that this node was held up, but for that no longer than it lasted before it was heard of with each claim.
 */
export const workingMs = (draft: Pick<State, "clock" | "config" | "stallMs">): number => {
  const { clock, config: { leaseMs, requestTimeoutMs }, stallMs } = draft;
  const trip = Math.min(Math.ceil(clock.roundTripMs), requestTimeoutMs);
  return Math.max(busyGapMs(draft) + idleSlackMs(draft), 4 * trip, Math.min(2 * Math.ceil(stallMs), 1.5 * leaseMs));
};

/** Whether something was sent before the membership lapsed last. In time that somebody moves by hand all of it may be one instant. */
export const isBeforeLapse = ({ lapsedAt }: Pick<State, "lapsedAt">, { mono, wall }: Instant): boolean =>
  mono < lapsedAt.mono || (mono === lapsedAt.mono && wall < lapsedAt.wall);

/** When to check on a run that ended just now: what a store may still lose is lost by then. Fleet time. */
export const checkTime = (draft: Reading): number => draft.now + draft.config.leaseMs;

/** Whether this node claims a job's fires ahead of time: it owns the job, or did until just now. */
export const actsAsOwner = (draft: Reading, { role }: JobEntry): boolean =>
  role._tag === "Owner" || draft.now < ownedUntil(role);

/** A fraction from 0 to 1 that differs from node to node, to keep them from acting at the same instant. */
export const spread = (draft: Reading, salt: string): number => hashOf(draft.incarnation + salt) / 2 ** 32;

/** Converts an instant of the fleet to the monotonic clock. */
export const toMono = (draft: Reading, instant: number): number => draft.at.mono + (instant - draft.now);
