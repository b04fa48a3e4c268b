/**
 * The engine: what a node asks of the fleet's store (beat, claim, complete, look, command), over a store that knows nothing of
 * jobs. It remembers texts, decides on them by the rules of the ledger, and sends compare-and-puts. No input or output.
 */
import type {
  BeatReply,
  BeatRequest,
  ClaimReply,
  ClaimRequest,
  CompleteReply,
  CompleteRequest,
  ControlReply,
  ControlRequest,
  PeekReply,
  PeekRequest,
} from "../words/Request.ts";
import type { DueReply, DueRequest } from "../words/Due.ts";
import type { Limits } from "../words/Exchange.ts";
import type { ScheduleReply, ScheduleRequest } from "../words/ScheduleRequest.ts";
import { InvalidInput } from "../words/InvalidInput.ts";
import * as Bare from "./bare.ts";
import { beat } from "./beats.ts";
import { claim, complete } from "./claims.ts";
import { control, peek } from "./commands.ts";
import type { Operation } from "./Operation.ts";
import type { Settling } from "./settle.ts";
import { schedules } from "./schedules/look.ts";
import { survey } from "./schedules/survey.ts";

export { answerOf, Fault } from "./Operation.ts";
export type { StoreReply, StoreRequest } from "../words/Exchange.ts";
export type { Operation, Round } from "./Operation.ts";

/** What an engine is asked to do. */
export type EngineRequest =
  | BeatRequest
  | ClaimRequest
  | CompleteRequest
  | PeekRequest
  | ControlRequest
  | DueRequest
  | ScheduleRequest;

/** The answer to a request of a kind. */
export type AnswerTo<Q extends EngineRequest> = Q extends BeatRequest ? BeatReply
  : Q extends ClaimRequest ? ClaimReply
  : Q extends CompleteRequest ? CompleteReply
  : Q extends PeekRequest ? PeekReply
  : Q extends DueRequest ? DueReply
  : Q extends ScheduleRequest ? ScheduleReply
  : ControlReply;

/** An engine, with what it remembers of each service. */
export interface Engine {
  /** Begins an operation. `clock` estimates the store's clock at the time when what is sent now arrives. */
  readonly begin: <Q extends EngineRequest>(request: Q, clock: () => number) => Operation<AnswerTo<Q>>;
}

const whole = (settling: Settling, request: EngineRequest): Operation<unknown> => {
  switch (request._tag) {
    case "Beat":
      return beat(settling, request);
    case "Claim":
      return claim(settling, request);
    case "Complete":
      return complete(settling, request);
    case "Peek":
      return peek(settling, request);
    case "Control":
      return control(settling, request);
    case "Due":
      return survey(settling, request);
    case "Schedules":
      return schedules(settling, request);
  }
  throw new InvalidInput(
    "request",
    (request satisfies never as EngineRequest)._tag,
    "Beat, Claim, Complete, Peek, Control, Due, Schedules",
  );
};

/**
 * An engine for stores that take so much in one exchange.
 *
 * @example
 * ```ts
 * import { Engine } from "ringcron/core";
 *
 * const engine = Engine.make({ rows: 200, bytes: 500_000 });
 * const look = engine.begin({ _tag: "Peek", service: "billing", jobs: ["invoices"], history: false }, () => 5_000);
 * const round = look.next();
 * console.log(round.done === false && round.value.requests[0]?._tag); // Exchange
 * ```
 */
export const make = (limits: Limits): Engine => {
  const bare = Bare.make(limits);
  return {
    begin: <Q extends EngineRequest>(request: Q, clock: () => number) =>
      bare.begin<EngineRequest, unknown>(whole, request, clock) as Operation<AnswerTo<Q>>,
  };
};
