/**
 * Two operations as one: what each asks goes side by side, and in one request where both only look and the store takes as much.
 */
import type { Exchanged, ExchangeRequest, Limits, StoreReply, StoreRequest } from "../words/Exchange.ts";
import type { Operation } from "./Operation.ts";

const isLook = (request: StoreRequest | undefined): request is ExchangeRequest =>
  request?._tag === "Exchange" && request.items.every(({ _tag }) => _tag !== "Change");

/** How many rows a look takes of what an exchange may have; what is asked about a shelf counts as one. */
const rowsOf = ({ items }: ExchangeRequest): number =>
  items.reduce((sum, item) => sum + (item._tag === "Look" ? item.keys.length : 1), 0);

const joined = (
  one: StoreRequest | undefined,
  other: StoreRequest | undefined,
  { rows }: Limits,
): ExchangeRequest | undefined =>
  isLook(one) && isLook(other) && rowsOf(one) + rowsOf(other) <= rows
    ? { ...one, items: [...one.items, ...other.items], groups: [...one.groups ?? [], ...other.groups ?? []] }
    : undefined;

/** The part of an answer that is about some of the items. Anything else is for whoever asked to refuse. */
const partOf = (reply: StoreReply | undefined, take: (results: ReadonlyArray<Exchanged>) => ReadonlyArray<Exchanged>) =>
  reply?._tag === "Exchange" ? [{ ...reply, results: take(reply.results) }] : reply === undefined ? [] : [reply];

/** Carries out both. Cost: the requests of the longer one, and what of the first ones does not go into one. */
export function* together<A, B>(
  limits: Limits,
  first: Operation<A>,
  second: Operation<B>,
): Operation<readonly [A, B]> {
  let [one, other] = [first.next([]), second.next([])];
  while (one.done !== true || other.done !== true) {
    const asked = one.done === true ? [] : one.value.requests;
    const more = other.done === true ? [] : other.value.requests;
    const both = joined(asked[0], more[0], limits);
    const requests = both === undefined ? [...asked, ...more] : [both, ...asked.slice(1), ...more.slice(1)];
    const replies = yield { requests, conflicts: 0 };
    const count = asked[0]?._tag === "Exchange" ? asked[0].items.length : 0;
    const answers = both === undefined ? replies.slice(0, asked.length) : [
      ...partOf(replies[0], (results) => results.slice(0, count)),
      ...replies.slice(1, asked.length),
    ];
    const others = both === undefined
      ? replies.slice(asked.length)
      : [...partOf(replies[0], (results) => results.slice(count)), ...replies.slice(asked.length)];
    if (one.done !== true) one = first.next(answers);
    if (other.done !== true) other = second.next(others);
  }
  return [one.value, other.value];
}
