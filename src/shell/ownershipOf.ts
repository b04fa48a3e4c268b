/**
 * Who has which place among members, worked out once for those who look again at the same ones.
 */
import * as Ownership from "../core/ring/Ownership.ts";
import type { Member } from "../core/words/View.ts";

/** All of a member that ownership goes by. */
type Placed = Pick<Member, "deployment" | "incarnation" | "jobs" | "state" | "weight">;

const isSame = (one: Placed, other: Placed | undefined): boolean =>
  other !== undefined && one.jobs === other.jobs && one.incarnation === other.incarnation &&
  one.state === other.state && one.weight === other.weight && one.deployment === other.deployment;

/** So many fleets are remembered: those of the services that one process shows. */
const most = 4;

const known: Array<{ readonly members: ReadonlyArray<Placed>; readonly ownership: Ownership.Ownership }> = [];

/** Cost: as `Ownership.of` for members that were not among the last that were asked for, else their number. */
export const ownershipOf = (members: ReadonlyArray<Member>): Ownership.Ownership => {
  const found = known.find((it) =>
    it.members.length === members.length && it.members.every((one, at) => isSame(one, members[at]))
  );
  if (found !== undefined) return found.ownership;
  const ownership = Ownership.of({ version: 1, storeTime: 0, members });
  if (known.length >= most) known.shift();
  known.push({ members, ownership });
  return ownership;
};
