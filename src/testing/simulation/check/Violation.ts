/**
 * A broken promise, and the names of the promises.
 */

/** A broken promise. */
export interface Violation {
  readonly rule:
    | "one decision per fire"
    | "intervals without gap or overlap"
    | "nothing passed over"
    | "one start per attempt"
    | "at most once"
    | "tokens grow"
    | "nothing early"
    | "nothing out of bounds"
    | "no more runs than the limit"
    | "no more handlers than places"
    | "nothing runs where labels are missing"
    | "nothing undecided"
    | "every run accounted for"
    | "lost is lost"
    | "no overlap"
    | "no overlap with the dead"
    | "nothing taken from a member"
    | "nothing while paused"
    | "the newest definition wins"
    | "leavers leave nothing behind"
    | "members keep what they were promised"
    | "decided in time"
    | "taken over in time"
    | "no node wedged"
    | "nothing leaked"
    | "work within budget"
    | "asked for once, run once"
    | "nothing that nobody asked for"
    | "what was asked for is run"
    | "what was asked for is run in time"
    | "nothing handed to who is none"
    | "no false alarm"
    | "no more doubles than losses"
    | "what was forgotten is told once"
    | "what is over stays over"
    | "cancelled is cancelled"
    | "a result is that of the run"
    | "failures are tried again as the job says"
    | "failures are tried again when it is time"
    | "what waits is run"
    | "what waits is run in order"
    | "no more wait than may"
    | "what is in the way is cancelled"
    | "what was put is there"
    | "what comes late changes nothing"
    | "a change decides what was due"
    | "a run is given what its decision names"
    | "invariants hold";
  readonly detail: string;
}

/** When the last fire is due that must be decided. */
export interface Demand {
  readonly dueUpTo: number;
}
