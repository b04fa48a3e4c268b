/**
 * What is due of some shelves, and where jobs stand, in one look: what an invocation with handlers asks.
 */
import type { DueReply, DueRequest } from "../../words/Due.ts";
import type { Operation } from "../Operation.ts";
import { standing } from "../standing.ts";
import type { Settling } from "../settle.ts";
import { together } from "../together.ts";
import { due } from "./due.ts";

/** Both. Cost: that of `due`, and no request more where the store takes both at once. */
export function* survey(settling: Settling, request: DueRequest): Operation<DueReply> {
  if (request.peek === undefined) return yield* due(settling, request);
  const [found, seen] = yield* together(settling.limits, due(settling, request), standing(settling, request.peek));
  return { ...found, peek: seen };
}
