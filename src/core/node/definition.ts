/**
 * How this node's definition of a job stands to the one in force.
 *
 * - `current`: it is the one in force, as far as is known;
 * - `outdated`: a member declares a newer one, and the job is left to those who do;
 * - `refused`: the store has a newer one, and the next view tells whether anybody still declares that;
 * - `overruling`: nobody does (a canary that was taken back), so this one is deployed anew.
 */
export type Definition = "current" | "outdated" | "refused" | "overruling";

/** Whether the job is left to nodes with a newer definition. */
export const isLeft = (definition: Definition): boolean => definition === "outdated" || definition === "refused";

/** What a view makes of it that tells whether some member declares a newer one. */
export const viewed = (definition: Definition, isNewerDeclared: boolean): Definition => {
  if (isNewerDeclared) return "outdated";
  return definition === "refused" || definition === "overruling" ? "overruling" : "current";
};
