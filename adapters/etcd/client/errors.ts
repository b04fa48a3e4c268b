/**
 * Failures of etcd as `DriverError`s. Nothing the server said is repeated: its texts may hold what was sent.
 */
import { DriverError, type DriverErrorReason } from "../../../src/Driver.ts";

/**
 * Why there is no result. It holds what the server said, so it never leaves the driver.
 *
 * - `no-answer`: whether the request was applied is unknown;
 * - `refused`: etcd answered with an error;
 * - `nonsense`: whatever answered is not etcd;
 * - `judged`: the driver itself knows what is wrong.
 */
export type Failure =
  | { readonly kind: "no-answer"; readonly detail: string }
  | {
    readonly kind: "refused";
    readonly status: number;
    /** Of gRPC. */
    readonly code: number;
    readonly message: string;
    readonly retryAfterMs?: number | undefined;
  }
  | {
    readonly kind: "nonsense";
    readonly status: number;
    readonly detail: string;
    readonly retryAfterMs?: number | undefined;
  }
  | Verdict & { readonly kind: "judged" };

/** What is said of a failure. */
export interface Verdict {
  readonly reason: DriverErrorReason;
  readonly detail: string;
  readonly retryAfterMs?: number | undefined;
}

/** A failure whose reason the driver knows. */
export const judged = (reason: DriverErrorReason, detail: string): Failure => ({ kind: "judged", reason, detail });

/** Something that is not ours is in our place. */
export const foreign: Failure = judged(
  "Foreign",
  "a key of this service holds something else; choose another prefix or service name, or remove that key",
);

/** What is there was written by a later release. */
export const newer: Failure = judged(
  "Foreign",
  "a newer release of ringcron keeps this service; update this program, or choose another prefix",
);

/** An answer that came, and is not what etcd answers. */
export const corrupt: Failure = judged(
  "Corrupt",
  "the answer has another shape than expected; check that the endpoints are those of etcd itself",
);

const unauthorized: Verdict = {
  reason: "Unauthorized",
  detail: "etcd refused the credentials or what they may do; check user, password and the permissions of its role",
};

/** Texts that tell more than the code does; they differ in nothing else between etcd 3.4 and 3.6. */
const byMessage: ReadonlyArray<readonly [RegExp, Verdict]> = [
  [/authentication is not enabled/, {
    reason: "Misconfigured",
    detail: "a user is given, but etcd has its authentication switched off",
  }],
  [/auth|user name|permission|root user/, unauthorized],
  [/space exceeded/, {
    reason: "Unavailable",
    detail: "etcd's space is used up; compact and defragment it, and switch automatic compaction on",
  }],
  [/too many requests/, { reason: "RateLimited", detail: "etcd refused for too many requests" }],
  [/too large|too many operations/, {
    reason: "Misconfigured",
    detail:
      "a request is larger than this etcd takes; its max-txn-ops and max-request-bytes must not be below the defaults",
  }],
];

const down = (status: number): Verdict => ({
  reason: "Unavailable",
  detail: `etcd cannot serve now (status ${status})`,
});

const byStatus = (status: number, retryAfterMs: number | undefined): Verdict | undefined => {
  if (status === 401 || status === 403) return unauthorized;
  if (status === 429) return { reason: "RateLimited", detail: "too many requests", retryAfterMs };
  return status >= 500 || status === 408 ? { ...down(status), retryAfterMs } : undefined;
};

/** Canceled, unknown, deadline exceeded, aborted, internal, unavailable: all of them mean "not now". */
const passing: ReadonlySet<number> = new Set([1, 2, 4, 10, 13, 14]);

/** Whether another endpoint may know better. */
export const isPassing = (failure: Failure): boolean =>
  failure.kind === "no-answer" || failure.kind === "nonsense" ||
  (failure.kind === "refused" && passing.has(failure.code));

/** The token ran out, or the server that gave it was restarted, or users have changed since. */
export const isTokenExpired = (failure: Failure): boolean =>
  failure.kind === "refused" &&
  (failure.code === 16 || /invalid auth token|revision of auth store/.test(failure.message));

/** A lease that is over. */
export const isLeaseGone = (failure: Failure): boolean =>
  failure.kind === "refused" && failure.code === 5 && /lease not found/.test(failure.message);

const judge = (failure: Failure): Verdict => {
  switch (failure.kind) {
    case "judged":
      return failure;
    case "no-answer":
      return { reason: "Unavailable", detail: failure.detail };
    case "nonsense":
      return byStatus(failure.status, failure.retryAfterMs) ?? { reason: "Corrupt", detail: failure.detail };
    case "refused": {
      const { code, message, retryAfterMs, status } = failure;
      const known = byMessage.find(([pattern]) => pattern.test(message))?.[1];
      if (known !== undefined) return { retryAfterMs, ...known };
      return passing.has(code) ? down(status) : byStatus(status, retryAfterMs) ?? {
        reason: "Corrupt",
        detail: "etcd could not run the request and gave no reason known here",
      };
    }
  }
};

/** The error of the driver for a failure. */
export const toDriverError = (driver: string, operation: string, failure: Failure): DriverError => {
  const { detail, reason, retryAfterMs } = judge(failure);
  return new DriverError({ driver, operation, reason, detail, retryAfterMs });
};
