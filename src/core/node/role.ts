/**
 * Who tries the fires of a job, as far as this node is concerned.
 */
import type { Place } from "../ring/Ring.ts";

/**
 * - `Unplaced`: none of its business yet: it is no member, or the definition in force is another, or it lacks labels that the job
 *   needs, which then a member has or, as far as is known, `nobody` has;
 * - `Owner`: claims each fire ahead of its instant;
 * - `Successor`: looks after each fire, and claims it if the owner has not;
 * - `Bystander`: looks when it is told that nobody has claimed;
 * - `Withdrawn`: no longer declared; forgotten once nothing is under way.
 *
 * Who was the owner goes on as one until `ownedUntil`, fleet time, when the new owner must have heard of it; 0: it does not.
 */
export type Role =
  | { readonly _tag: "Unplaced"; readonly nobody?: true }
  | { readonly _tag: "Owner" }
  | { readonly _tag: "Successor"; readonly ownedUntil: number }
  | { readonly _tag: "Bystander"; readonly ownedUntil: number }
  | { readonly _tag: "Withdrawn" };

export const unplaced: Role = { _tag: "Unplaced" };

/** No member has the labels that the job needs. */
export const placedNowhere: Role = { _tag: "Unplaced", nobody: true };

/** Whether it is known that no member has the labels that the job needs. */
export const isNowhere = (role: Role): boolean => role._tag === "Unplaced" && role.nobody === true;

export const withdrawn: Role = { _tag: "Withdrawn" };

const owner: Role = { _tag: "Owner" };

/** Most jobs of others were never this node's own, and have one object for it. */
const neverOwned = {
  Successor: { _tag: "Successor", ownedUntil: 0 },
  Bystander: { _tag: "Bystander", ownedUntil: 0 },
} as const;

/** Whether the job is still declared. */
export const isDeclared = (role: Role): boolean => role._tag !== "Withdrawn";

/** Whether it is a job that this node declares, and no schedule that it has taken on. */
export const isDeclaredJob = (
  { role, spec }: { readonly role: Role; readonly spec: { readonly shelf?: string | undefined } },
): boolean => spec.shelf === undefined && isDeclared(role);

/** Whether this node has a place among those who try. */
export const isPlaced = (role: Role): boolean => role._tag === "Owner" || isAnothers(role);

/** Whether this node looks at the job whenever it is due, and so hears of all it holds. */
export const isLooking = (role: Role): boolean => role._tag === "Owner" || role._tag === "Successor";

/** Whether the job is another node's to claim. */
export const isAnothers = (role: Role): role is Extract<Role, { readonly ownedUntil: number }> =>
  role._tag === "Successor" || role._tag === "Bystander";

/** Until when a former owner goes on as one, fleet time; 0: it does not. */
export const ownedUntil = (role: Role): number => isAnothers(role) ? role.ownedUntil : 0;

/** The place of this node in a view; `heardBy` is when the owner has heard of it, if there is one. */
export const placed = (role: Role, place: Place | undefined, self: string, heardBy: number | undefined): Role => {
  if (place?.owner === self) return owner;
  const until = role._tag === "Owner" && heardBy !== undefined ? heardBy : ownedUntil(role);
  const tag = place?.successor === self ? "Successor" : "Bystander";
  return until === 0 ? neverOwned[tag] : { _tag: tag, ownedUntil: until };
};

/** The instants it names are by a clock that was set by so much. */
export const moved = (role: Role, move: (at: number) => number): Role =>
  isAnothers(role) ? { ...role, ownedUntil: move(role.ownedUntil) } : role;
