/**
 * Asking members to leave: a row for each, which waits, so that the next beat of the member tells it, and goes with the member.
 */
import * as Drain from "../ledger/Drain.ts";
import type { ControlReply, ControlRequest, DrainAsked } from "../words/Request.ts";
import { actedBy } from "./acted.ts";
import { lookAtMembers, membersIn } from "./members.ts";
import { answerOf, type Operation } from "./Operation.ts";
import { drainedBy, drainKey } from "./rows.ts";
import { commandMs, leaving, look, settle, type Settling, type Subject } from "./settle.ts";

type Command = Extract<ControlRequest["command"], { readonly _tag: "Drain" }>;

/** Whether it is asked to leave, by this or before. Nobody is asked who is no member: the row would wait for nobody. */
const asking = (incarnation: string, command: Command): Subject<boolean> => ({
  keys: [drainKey(incarnation)],
  isAwaited: false,
  decide: ([row], grounds) => {
    const { at, isMember, layout, moment } = grounds;
    const isThere = isMember(incarnation);
    if (!isThere || row !== undefined) return leaving(isThere);
    moment.isAfter(at + commandMs);
    const waitsSince = Math.max(0, Math.floor(at) - Drain.backMs);
    const puts = [Drain.drainText(command, layout)];
    const lines = actedBy(command, "drain", command.node, grounds);
    return { answer: () => true, puts, waitsSince, lines, hint: drainKey(incarnation) };
  },
});

/** Asks all members of a name. */
export function* drain(settling: Settling, service: string, command: Command): Operation<ControlReply> {
  const replies = yield { requests: [lookAtMembers(service)], conflicts: 0 };
  const members = (yield* membersIn(settling, answerOf(replies, 0, "StoreBeat"))).map(({ member }) => member);
  const named = members.filter(({ name }) => name === command.node);
  const { answers } = yield* settle(settling, named.map(({ incarnation }) => asking(incarnation, command)));
  const count = answers.filter((it) => it).length;
  if (count > 0) return { _tag: "Control", result: "ok", dueAt: undefined, count };
  const nodes = [...new Set(members.map(({ name }) => name))].sort();
  return { _tag: "Control", result: "unknown", dueAt: undefined, nodes, count };
}

/** A row whose member is gone: whoever finds it removes it. */
const stray = (key: string, incarnation: string): Subject<void> => ({
  keys: [key],
  isAwaited: false,
  decide: ([row], { isMember }) => ({
    answer: () => {},
    puts: row === undefined || isMember(incarnation) ? [] : [null],
    waitsSince: "same",
    lines: [],
  }),
});

/** What a beat has found: whether its sender is to leave. Rows of those who are gone are removed. */
export function* found(
  settling: Settling,
  sender: string,
  overdue: ReadonlyArray<string>,
): Operation<DrainAsked | undefined> {
  const { known } = settling;
  const keys = overdue.filter((key) => {
    const incarnation = drainedBy(key);
    return incarnation !== undefined && (incarnation === sender || !known.isMember(incarnation));
  });
  if (keys.length === 0) return undefined;
  const { rows } = yield* look(settling, keys);
  const strays = keys.filter((key) => key !== drainKey(sender));
  yield* settle(settling, strays.map((key) => stray(key, drainedBy(key) ?? "")));
  const own = rows[keys.indexOf(drainKey(sender))];
  return own && Drain.readDrain(own.text);
}

/** Removes what asked a member to leave that has left, if it is known. What is not, others find. */
export function* left(settling: Settling, incarnation: string): Operation<void> {
  const key = drainKey(incarnation);
  if (settling.known.row(key) !== undefined) yield* settle(settling, [stray(key, incarnation)]);
}
