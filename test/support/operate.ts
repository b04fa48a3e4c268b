/**
 * An operation of an engine over a store that answers at once.
 *
 * @module
 */
import type * as Engine from "../../src/core/engine/Engine.ts";

/** Carries an operation to its end: each request is answered on its own, in order. */
export const operate = <Q extends Engine.EngineRequest>(
  engine: Engine.Engine,
  request: Q,
  clock: () => number,
  answer: (request: Engine.StoreRequest) => Engine.StoreReply,
): Engine.AnswerTo<Q> => {
  const operation = engine.begin(request, clock);
  let step = operation.next([]);
  while (step.done !== true) step = operation.next(step.value.requests.map((it) => answer(it)));
  return step.value;
};
