/**
 * What went wrong, in words for people, without what belongs into a log.
 */

/** A status and words. */
export interface Trouble {
  readonly status: number;
  readonly title: string;
  readonly words: string;
}

const reasons: Readonly<Record<string, string>> = {
  Unavailable: "It gave no answer, or said that it cannot now. The fleet goes on by itself as soon as it is back.",
  Unauthorized: "It refuses the credentials of this client.",
  RateLimited: "It refuses for quota; the next look comes in some seconds.",
  Corrupt: "It answered, but not what it must.",
  Foreign: "Something that is not ours is in our place there.",
  Misconfigured: "The client of this dashboard is closed, or its options cannot work.",
};

/** What a store without the part of the port for schedules answers. */
const withoutSchedules: Trouble = {
  status: 404,
  title: "No schedules here",
  words: "This store keeps none: its driver has not the part of the port for them.",
};

const tagOf = (error: unknown): string | undefined =>
  typeof error === "object" && error !== null && "_tag" in error ? String(error._tag) : undefined;

const messageOf = (error: unknown): string => error instanceof Error ? error.message : "";

/** Reads an error of a client. What is none of its own is nobody's business but the log's. */
export const troubleOf = (error: unknown): Trouble => {
  const { detail, reason } = (error ?? {}) as { readonly detail?: unknown; readonly reason?: unknown };
  switch (tagOf(error)) {
    case "DriverError":
      if (`${detail}`.startsWith("this store keeps no schedules")) return withoutSchedules;
      return {
        status: 503,
        title: "The store does not answer",
        words: reasons[String(reason)] ?? "It cannot be used.",
      };
    case "InvalidInput":
    case "CronExpressionError":
      return { status: 400, title: "That cannot be", words: `${messageOf(error)}.` };
    case "UnknownJob":
    case "UnknownNode":
    case "UnknownSchedule":
      return { status: 404, title: "Nobody knows that", words: `${messageOf(error)}.` };
    case "QueueFull":
    case "JobInUse":
      return { status: 409, title: "Not now", words: `${messageOf(error)}.` };
    case "Changed":
      return { status: 409, title: "Nothing was done", words: messageOf(error) };
    default:
      return { status: 500, title: "Something went wrong here", words: "The log of this process tells more." };
  }
};
