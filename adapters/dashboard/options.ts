/**
 * Options of a dashboard, checked.
 */
import { demand, demandParts, InvalidInput, strangeField } from "../../src/core/words/InvalidInput.ts";
import * as Names from "../../src/core/words/Names.ts";
import type { Client } from "../../src/shell/promiseClient.ts";
import type { Action } from "./actions.ts";
import type { Authorize } from "./Visitor.ts";

/** Options of `dashboard`. */
export interface DashboardOptions {
  /** A client of the service that is shown: `createClient(…)`. It is yours to close. */
  readonly client: Client;
  /** Says who sends a request and what that person may do. Without it there is no dashboard. */
  readonly authorize: Authorize;
  /** The path under which it is mounted, such as `/ringcron`. Default `/`. */
  readonly basePath?: string | undefined;
  /** Whether nobody may do anything here, whatever `authorize` says. Default: no. */
  readonly readOnly?: boolean | undefined;
  /** What stands at the top: 1 to 60 characters. Default `ringcron`. */
  readonly title?: string | undefined;
  /** How often an open page asks for what has changed, 1,000 to 600,000 milliseconds. Default 5,000. */
  readonly refreshMs?: number | undefined;
  /** Where the sources are of what runs here, for the foot of the page: an address of `http` or `https`. Default: the packages are named. */
  readonly sourceUrl?: string | undefined;
  /** Told of each action that was carried out, for a record of who did what. */
  readonly onAction?: ((action: Action) => void) | undefined;
  /** Told of what went wrong; visitors are told less. Default: `console.error`. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** Options with nothing left out. */
export interface Settings {
  readonly client: Client;
  readonly authorize: Authorize;
  /** Without a slash at its end, so empty for `/`. */
  readonly base: string;
  readonly readOnly: boolean;
  readonly title: string;
  readonly refreshMs: number;
  readonly sourceUrl: string | undefined;
  readonly onAction: (action: Action) => void;
  readonly onError: (error: unknown) => void;
}

const known = ["client", "authorize", "basePath", "readOnly", "title", "refreshMs", "sourceUrl", "onAction", "onError"];

const parts = [
  "members",
  "overview",
  "overviewNamed",
  "jobsNamed",
  "explain",
  "history",
  "runs",
  "schedules",
  "pause",
  "resume",
  "trigger",
  "cancel",
  "drain",
];

const isAddress = (value: unknown): boolean => {
  try {
    return /^https?:$/.test(new URL(value as string).protocol);
  } catch {
    return false;
  }
};

/** Checks options. Throws `InvalidInput`. */
export const settingsOf = (options: DashboardOptions): Settings => {
  if (typeof options !== "object" || options === null) {
    throw new InvalidInput("options", options, "an object with a client and authorize");
  }
  const strange = strangeField(options, known);
  if (strange !== undefined) throw strange;
  const { authorize, basePath = "/", client, onAction, onError, readOnly = false, refreshMs = 5_000, sourceUrl } =
    options;
  const { title = "ringcron" } = options;
  demandParts("client", client, ...parts);
  const whom = "a function that says who sends a request; there is no dashboard without one";
  demand(typeof authorize === "function", "authorize", typeof authorize, whom);
  const isPath = typeof basePath === "string" && /^(\/|(\/[\w.~-]+)+\/?)$/.test(basePath);
  demand(isPath, "basePath", basePath, "a path such as /ringcron, of letters, digits, '.', '_', '~' and '-'");
  demand(typeof readOnly === "boolean", "readOnly", readOnly, "true or false");
  const isTime = Number.isInteger(refreshMs) && refreshMs >= 1_000 && refreshMs <= 600_000;
  demand(isTime, "refreshMs", refreshMs, "a whole number from 1000 to 600000");
  demand(sourceUrl === undefined || isAddress(sourceUrl), "sourceUrl", sourceUrl, "an address of http or https");
  for (const [field, it] of [["onAction", onAction], ["onError", onError]] as const) {
    demand(it === undefined || typeof it === "function", field, typeof it, "a function");
  }
  const checked = Names.remark("title", title, 60);
  if (checked._tag === "Failure") throw checked.failure;
  return {
    client,
    authorize,
    base: basePath.replace(/\/$/, ""),
    readOnly,
    title,
    refreshMs,
    sourceUrl,
    onAction: onAction ?? (() => {}),
    onError: onError ?? ((error) => console.error(error)),
  };
};
