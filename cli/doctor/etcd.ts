/**
 * What an etcd tells of itself: version, leader, space, alarms.
 */
import type { Way } from "../frame/address.ts";
import { bad, type Finding, good, note, unknown } from "./finding.ts";

type Json = Readonly<Record<string, unknown>>;

/** Asks one member; undefined if it does not answer, or not this user. */
const ask = async (
  url: string,
  path: string,
  body: unknown,
  timeoutMs: number,
  token: string | undefined,
): Promise<Json | undefined> => {
  try {
    const answer = await fetch(url + path, {
      method: body === undefined ? "GET" : "POST",
      redirect: "manual",
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(token === undefined ? {} : { headers: { authorization: token } }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    return answer.ok ? await answer.json() as Json : undefined;
  } catch {
    return undefined;
  }
};

const spaceOf = (status: Json): Finding => {
  const megabytes = (bytes: unknown): number => Number(bytes ?? 0) / 1_000_000;
  const [size, used] = [megabytes(status.dbSize), megabytes(status.dbSizeInUse)];
  const says = `${size.toFixed(1)} MB, ${used.toFixed(1)} MB of it in use`;
  // etcd stops writing at 2 GB unless it is told otherwise.
  if (size > 1_500) {
    return bad(
      "space",
      says,
      "compact and defragment: etcd refuses writes when its quota, 2 GB by default, is used up",
    );
  }
  return size > 100 && used < size / 2
    ? note("space", says, "old revisions take most of it: switch --auto-compaction-retention on, and defragment")
    : good("space", says);
};

const versionOf = (version: unknown): Finding => {
  const [, major = "0", minor = "0"] = /^(\d+)\.(\d+)/.exec(String(version)) ?? [];
  if (Number(major) === 0) return unknown("version", "etcd does not tell its version");
  return Number(major) * 100 + Number(minor) >= 304
    ? good("version", `etcd ${version}`)
    : bad("version", `etcd ${version}`, "etcd 3.4 or newer is needed");
};

/** Asks it. */
export const askEtcd = async ({ address: { secret, urls, user }, timeoutMs }: Way): Promise<ReadonlyArray<Finding>> => {
  const credentials = { name: user, password: secret };
  const [first = ""] = urls;
  const found: Array<Finding> = [];
  const login = user === undefined
    ? undefined
    : await ask(first, "/v3/auth/authenticate", credentials, timeoutMs, undefined);
  const token = typeof login?.token === "string" ? login.token : undefined;
  const versions = await Promise.all(urls.map((url) => ask(url, "/version", undefined, timeoutMs, token)));
  const silent = urls.filter((_, at) => versions[at] === undefined);
  if (silent.length > 0) {
    const hosts = silent.map((url) => new URL(url).host).join(", ");
    found.push(bad("endpoints", `no answer from ${hosts}`, "start it, or take it out of the addresses"));
  }
  found.push(versionOf(versions.find((it) => it !== undefined)?.etcdserver));
  const status = await ask(first, "/v3/maintenance/status", {}, timeoutMs, token);
  if (status === undefined) return [...found, unknown("space", "this user may not ask for the status of etcd")];
  if (status.leader === undefined) found.push(bad("leader", "there is none", "more than half of the members must run"));
  found.push(spaceOf(status));
  const alarms = await ask(first, "/v3/maintenance/alarm", { action: "GET" }, timeoutMs, token);
  if (alarms === undefined) found.push(unknown("alarms", "this user may not ask for them"));
  else if (Array.isArray(alarms.alarms) && alarms.alarms.length > 0) {
    const kinds = alarms.alarms.map((it: Json) => String(it.alarm ?? "unknown")).join(", ");
    found.push(
      bad("alarms", kinds, "etcd refuses writes until its space is freed and the alarm disarmed: etcdctl alarm disarm"),
    );
  } else found.push(good("alarms", "none"));
  return found;
};
