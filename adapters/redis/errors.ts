/**
 * Failures of the server as `DriverError`s. Nothing the server or a client library said is repeated: error texts of Redis
 * clients hold the whole command.
 */
import { DriverError, type DriverErrorReason } from "../../src/Driver.ts";
import * as acl from "./acl.ts";
import type { Keys } from "./keys.ts";
import type { Failure, Script } from "./Script.ts";

interface Class {
  readonly reason: DriverErrorReason;
  readonly detail: string;
  readonly retryAfterMs?: number | undefined;
}

const quotaPauseMs = 60_000;

const unauthorized: Class = {
  reason: "Unauthorized",
  detail: "the store refused the credentials; check the token, or the user and password of the client",
};

/** Redis does not say which key it was, so all are named with what they must be. */
const foreign = ({ declared, instants, node, rows }: Keys): Class => ({
  reason: "Foreign",
  detail:
    `a key of this service holds something else: TYPE tells hash for ${rows} and ${declared}, zset for ${instants} ` +
    `and string for ${node}* where all is well; rename or remove the one that is not ours, or choose another prefix or ` +
    "service name",
});

/** The first word of an error of Redis; these mean "not now". */
const unavailable: ReadonlySet<string> = new Set(
  "LOADING READONLY MISCONF OOM BUSY CLUSTERDOWN TRYAGAIN NOREPLICAS MASTERDOWN MOVED ASK UNBLOCKED".split(" "),
);
const forbidden: ReadonlySet<string> = new Set(["WRONGPASS", "NOAUTH", "UNAUTHORIZED"]);
const crowded = /max number of clients/i;
const quota = /max (daily )?requests? limit|rate limit|quota/i;

const byText = (error: string, retryAfterMs: number | undefined, keys: Keys): Class | undefined => {
  // Inside a script the word may follow those of the script's own failure.
  const words = error.toUpperCase().match(/[A-Z]+/g)?.slice(0, 40) ?? [];
  if (quota.test(error)) {
    return {
      reason: "RateLimited",
      detail: "the store's quota of requests is used up",
      retryAfterMs: retryAfterMs ?? quotaPauseMs,
    };
  }
  if (crowded.test(error)) {
    const detail = "the server has as many clients as its maxclients allows; hints: false saves a connection per node";
    return { reason: "Unavailable", detail };
  }
  if (words.some((word) => forbidden.has(word))) return unauthorized;
  if (words.includes("WRONGTYPE")) return foreign(keys);
  const busy = words.find((word) => unavailable.has(word));
  return busy === undefined ? undefined : { reason: "Unavailable", detail: `the store cannot serve now (${busy})` };
};

const byStatus = ({ status = 200, retryAfterMs }: Failure): Class | undefined => {
  if (status === 401 || status === 403) return unauthorized;
  if (status === 429) return { reason: "RateLimited", detail: "the store refused for too many requests", retryAfterMs };
  if (status >= 500 || status === 408) {
    return { reason: "Unavailable", detail: `the store answered with status ${status}`, retryAfterMs };
  }
  return undefined;
};

/** What is said to have failed where no script runs. */
export const listening: Script = { name: "hints", text: "" };

/** What a driver asks of the server beyond an answer. */
export interface Needs {
  readonly prefix: string;
  readonly commands: ReadonlyArray<string>;
  /** The keys of the service. */
  readonly keys: Keys;
}

/** A server that answers, and does not let the scripts do their work: it stays so until somebody changes its rules. */
const byRules = (error: string, { name, text }: Script, { commands, prefix }: Needs): Class | undefined => {
  const refusal = acl.refusal(error, text, commands);
  if (refusal === undefined) return undefined;
  const rule = `the ACL rule that is enough: ${acl.rule(prefix, commands)}`;
  const { _tag, command = "a command that the scripts need" } = refusal;
  switch (_tag) {
    case "command":
      return { reason: "Unauthorized", detail: `the user may not run ${command}; ${rule}` };
    case "keys":
      return { reason: "Unauthorized", detail: `the user may not read and write the keys of the service; ${rule}` };
    case "channel":
      return { reason: "Unauthorized", detail: `the user may not listen at the channel of the service; ${rule}` };
    case "missing": {
      if (name === listening.name) {
        const detail =
          "the server does not run SUBSCRIBE: renamed, switched off or not known to it; needed is SUBSCRIBE, or hints: false";
        return { reason: "Misconfigured", detail };
      }
      const all = commands.join(" ").toUpperCase();
      const detail = `the server does not run ${command}: renamed, switched off or not known to it; needed are ${all}`;
      return { reason: "Misconfigured", detail };
    }
  }
};

const classify = (failure: Failure, script: Script, needs: Needs): Class => {
  const { error = "", retryAfterMs } = failure;
  // A gateway may answer what the user may not do with 401 or 403, which alone mean the credentials.
  const known = byRules(error, script, needs) ?? byStatus(failure) ?? byText(error, retryAfterMs, needs.keys);
  if (known) return known;
  switch (failure.kind) {
    case "no-answer":
      return { reason: "Unavailable", detail: failure.detail ?? "no answer" };
    case "refused":
      return { reason: "Corrupt", detail: "the store could not run the request and gave no reason known here" };
    case "nonsense":
      return { reason: "Corrupt", detail: failure.detail ?? "the answer is not one of Redis" };
    case "unusable":
      return { reason: "Misconfigured", detail: failure.detail ?? "the store cannot be reached from this program" };
  }
};

/** The error of a driver for a failure of its transport. */
export const fromFailure = (driver: string, script: Script, failure: Failure, needs: Needs): DriverError =>
  new DriverError({ driver, operation: script.name, retryAfterMs: undefined, ...classify(failure, script, needs) });

/** An answer that came, and is not what the script answers. */
export const corrupt = (driver: string, operation: string): DriverError =>
  new DriverError({
    driver,
    operation,
    reason: "Corrupt",
    detail: "the answer has another shape than expected; check that the URL is that of the store itself",
  });

/** The script found something that is not ours, and wrote nothing. */
export const refused = (driver: string, operation: string, keys: Keys): DriverError =>
  new DriverError({ driver, operation, ...foreign(keys) });

/** The script found what a later release has written, and wrote nothing. */
export const newer = (driver: string, operation: string): DriverError =>
  new DriverError({
    driver,
    operation,
    reason: "Foreign",
    detail: "a newer release of ringcron keeps this service; update this program, or choose another prefix",
  });

/** The service is kept by the other driver, and some of its nodes live; nothing was written. */
export const otherDriver = (driver: string, operation: string, other: string): DriverError =>
  new DriverError({
    driver,
    operation,
    reason: "Foreign",
    detail: `nodes with the driver ${other} are members of this service; all nodes must use the same driver`,
  });

/** The script needed to look at nodes it had not been told of, again and again. */
export const unsettled = (driver: string, operation: string): DriverError =>
  new DriverError({
    driver,
    operation,
    reason: "Unavailable",
    detail: "the members changed faster than they could be looked at",
  });
