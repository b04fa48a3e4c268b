/**
 * Who has to do with a job, by what the members of a fleet declare.
 */
import type * as Ownership from "../core/ring/Ownership.ts";
import type { Place } from "../core/ring/Ring.ts";
import type { Member } from "../core/words/View.ts";

const none: ReadonlyArray<never> = [];

const versionAt = (member: Member | undefined, job: string): string => member?.policies?.get(job) ?? "";

/** Their names, each once. */
export const namesOf = (members: ReadonlyArray<Pick<Member, "name">>): ReadonlyArray<string> => {
  const [first, ...more] = members;
  if (first === undefined) return none;
  return more.length === 0 ? [first.name] : [...new Set(members.map((it) => it.name))].sort();
};

/** Who has to do with a job: names of members, as `JobInfo` has them. */
interface Rulers {
  readonly owner: string | undefined;
  readonly successor: string | undefined;
  readonly declaredBy: ReadonlyArray<string>;
  readonly outdatedAt: ReadonlyArray<string>;
  readonly otherPoliciesAt: ReadonlyArray<string>;
  /** The version of the policies that are in force; undefined: nobody declares it so. */
  readonly version: string | undefined;
}

const nobody: Rulers = {
  owner: undefined,
  successor: undefined,
  declaredBy: none,
  outdatedAt: none,
  otherPoliciesAt: none,
  version: undefined,
};

/** Who has to do with jobs whose definitions in force are known, one after the other. Cost of one: the members where these differ. */
export const declaring = (
  members: ReadonlyArray<Member>,
  { places }: Ownership.Ownership,
): (name: string, inForce: string | undefined) => Rulers => {
  const [first] = members;
  const areAlike = members.every(({ jobs, policies }) => jobs === first?.jobs && policies === first.policies);
  const declaredBy = namesOf(members);
  const names = new Map(members.map((it) => [it.incarnation, it.name]));
  return (name, inForce) => {
    // Members of one deployment say the same of each.
    if (!areAlike || (first?.jobs.has(name) === true && first.jobs.get(name) !== inForce)) {
      return declaringEach(name, inForce, members, places.get(name));
    }
    if (first === undefined || !first.jobs.has(name)) return nobody;
    const { owner = "", successor = "" } = places.get(name) ?? {};
    return {
      owner: names.get(owner),
      successor: names.get(successor),
      declaredBy,
      outdatedAt: none,
      otherPoliciesAt: none,
      version: versionAt(first, name),
    };
  };
};

const declaringEach = (
  name: string,
  inForce: string | undefined,
  members: ReadonlyArray<Member>,
  place: Place | undefined,
): Rulers => {
  const all = members.filter(({ jobs }) => jobs.has(name));
  const current = all.filter(({ jobs }) => jobs.get(name) === inForce);
  const owner = current.find(({ incarnation }) => incarnation === place?.owner);
  const ruling = owner ?? current[0];
  const version = ruling === undefined ? undefined : versionAt(ruling, name);
  return {
    owner: owner?.name,
    successor: current.find(({ incarnation }) => incarnation === place?.successor)?.name,
    declaredBy: namesOf(current),
    outdatedAt: namesOf(all.filter((it) => !current.includes(it))),
    otherPoliciesAt: namesOf(current.filter((it) => versionAt(it, name) !== version)),
    version,
  };
};
