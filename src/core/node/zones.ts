/**
 * Time zones: what this node says of its zone data, and whether the others have the same (R34).
 *
 * Nothing that is claimed depends on it: each fire is decided once whoever claims. But which instants are fires is arithmetic of
 * the claimant, so where the data differ it depends on who owns the job.
 */
import type { MemberName } from "../words/Event.ts";
import type { MemberEntry } from "../words/Request.ts";
import * as ZoneDigest from "../schedule/zoneDigest.ts";
import { type Draft, emit, type Reading } from "./Draft.ts";
import { isDeclaredJob } from "./role.ts";
import type { JobSpec } from "./State.ts";

/** How many jobs an event names. */
const mostNamed = 20;

/** The jobs whose instants depend on zone data: those with fields. The others count milliseconds. */
const inZones = (draft: Reading): ReadonlyArray<JobSpec> => {
  const specs: Array<JobSpec> = [];
  draft.jobs.forEach((entry) => {
    if (isDeclaredJob(entry) && entry.spec.expression.plan._tag === "Wall") specs.push(entry.spec);
  });
  return specs;
};

const zoneOf = ({ expression }: JobSpec): string => expression.timeZone;
const zonesOf = (specs: ReadonlyArray<JobSpec>): ReadonlySet<string> => new Set(specs.map(zoneOf));

/** What this node says of the zones of its jobs, empty if nothing. Computed when the jobs change, and twice a year. */
export const saidZones = (draft: Draft<"beat">): string => {
  const window = ZoneDigest.windowAt(draft.now);
  if (draft.zones?.window !== window) {
    draft.zones = { window, digest: ZoneDigest.of(zonesOf(inZones(draft)), draft.now) };
  }
  return draft.zones.digest;
};

/**
 * Tells of zones in which others have other data than this node, once for each difference, and when there is none any more.
 * Cost: linear in the jobs, for each member whose data differ.
 */
export const compareZones = (draft: Draft<"beat" | "fleet">, entries: ReadonlyArray<MemberEntry>): void => {
  const mine = saidZones(draft);
  let specs: ReadonlyArray<JobSpec> | undefined;
  let zones: ReadonlySet<string> | undefined;
  const members: Array<MemberName> = [];
  const jobs = new Map<string, JobSpec>();
  const differences = new Set<string>();
  // Where a member's jobs or its data for this time are not known yet, it may differ as it did before.
  let isUnsure = false;
  for (const { digest, incarnation, name, zones: theirs } of entries) {
    if (mine === "" || !theirs || theirs === mine) continue;
    const declared = draft.declaredByDigest.get(digest);
    specs ??= inZones(draft);
    zones ??= zonesOf(specs);
    const difference = ZoneDigest.difference(zones, mine, theirs);
    if (declared === undefined || difference === undefined) {
      isUnsure = true;
      continue;
    }
    if (difference.size === 0) continue;
    const shared = specs.filter((it) => difference.has(zoneOf(it)) && declared.get(it.name) === it.definition);
    if (shared.length > 0) members.push({ incarnation, name });
    for (const spec of shared) {
      jobs.set(spec.name, spec);
      differences.add(difference.get(zoneOf(spec)) as string);
    }
  }
  const divergence = [...differences].sort().join(".");
  if (divergence === draft.divergence || (isUnsure && divergence === "")) return;
  draft.divergence = divergence;
  emit(draft, {
    _tag: "ScheduleDivergence",
    zones: [...zonesOf([...jobs.values()])].sort(),
    jobs: [...jobs.keys()].sort().slice(0, mostNamed),
    jobCount: jobs.size,
    members,
  });
};
