/**
 * The port: the only thing a database implements. A store keeps texts under keys, compares and puts them, and knows which
 * nodes live. It knows nothing of jobs: what the texts mean is decided by the engine (`core/engine`), once for all stores.
 *
 * Every operation is one request, atomic as its doc says, and safe to send twice or to arrive late.
 */
import * as Context from "effect/Context";
import type * as Effect from "effect/Effect";
import type { DriverError } from "./Driver.ts";
import type {
  ExchangeReply,
  ExchangeRequest,
  Limits,
  ShelvedKeys,
  ShelvedPage,
  StoreBeat,
  StoreBeatReply,
} from "./core/words/Exchange.ts";

export type {
  Change,
  Due,
  Exchanged,
  ExchangeItem,
  ExchangeReply,
  ExchangeRequest,
  Found,
  Limits,
  Look,
  MemberFound,
  Row,
  ShelvedKeys,
  ShelvedPage,
  StoreBeat,
  StoreBeatReply,
  StoredMember,
  Template,
} from "./core/words/Exchange.ts";
export { lasting, shelved } from "./core/words/Exchange.ts";

/**
 * A store. It resolves templates, judges windows and members by its own clock in the step that writes. One without a clock
 * takes the time of the process, corrected by what it can learn from the store, and says so.
 */
export interface Store {
  /** What it is called in logs and errors. */
  readonly name: string;
  /** Which store this is, as `Driver` has it. Default: this object. */
  readonly identity?: ReadonlyArray<unknown> | undefined;
  /** What one exchange may carry; the engine splits what is more. */
  readonly limits: Limits;
  /** Each item as one atomic step; items are independent of each other. */
  readonly exchange: (request: ExchangeRequest) => Effect.Effect<ExchangeReply, DriverError>;
  /**
   * One atomic step: renews, joins or removes the sender, drops whose promise is over unless there is amnesty, cuts back
   * what lies further ahead than the raw clock and the longest promise, grows the version if anything changed.
   */
  readonly beat: (request: StoreBeat) => Effect.Effect<StoreBeatReply, DriverError>;
  /** The last lines of the history, oldest first. At least 1,000, if there were as many. */
  readonly history: (service: string) => Effect.Effect<ReadonlyArray<string>, DriverError>;
  /**
   * A page of the service's keys but those that begin with `lasting`, in any order; `cursor` of the answer is undefined after the last.
   * For pruning and lists.
   */
  readonly keys: (
    service: string,
    cursor: string | undefined,
  ) => Effect.Effect<{ readonly keys: ReadonlyArray<string>; readonly cursor: string | undefined }, DriverError>;
  /**
   * Optional: a page of the rows on shelves by a prefix of their keys. A store that has it keeps shelves: it takes `shelf` and
   * `unshelve` of a change and answers `Due`, and rows whose keys begin with `lasting` never expire in it. One that has it not keeps
   * no schedules, and everything else.
   */
  readonly shelved?: ((service: string, page: ShelvedPage) => Effect.Effect<ShelvedKeys, DriverError>) | undefined;
  /** Removes everything of the service. */
  readonly destroy: (service: string) => Effect.Effect<void, DriverError>;
  /**
   * Optional: listens at the channel of a service until it is interrupted. Fails when the channel is refused, or was open and is
   * lost; it is whoever asked that asks again. Whatever was opened for it is closed when it is over. Hints may be lost, repeated or
   * late.
   */
  readonly hints?: ((service: string, hearing: Hearing) => Effect.Effect<never, DriverError>) | undefined;
}

/** What is told of a channel. */
export interface Hearing {
  /** From now on hints are heard; called once. */
  readonly opened: () => void;
  /** A hint has come: the text of an exchange, or whatever somebody else has sent. */
  readonly heard: (hint: string) => void;
}

/** The service tag of a `Store`. */
export const Store: Context.Service<Store, Store> = /* @__PURE__ */ Context.Service("ringcron/Store");
