/**
 * What jobs are, for people and tools that do not declare them.
 */
import { policiesVersion } from "../core/ledger/policiesText.ts";
import type { JobSpec } from "../core/node/Machine.ts";
import * as CronExpression from "../core/schedule/CronExpression.ts";
import type { Definition } from "../core/words/Definition.ts";
import { fingerprint } from "../core/words/hash.ts";
import type { ControlRequest } from "../core/words/Request.ts";

/** Made when it is asked for: kept for each job it would take as much room as the job. */
const definitionOf = ({ definition: hash, expression, policies }: JobSpec): Definition => ({
  hash,
  schedule: CronExpression.format(expression),
  written: expression.text,
  policies,
});

/** What stands for all of them. */
export const digestOf = (specs: ReadonlyArray<JobSpec>): string =>
  fingerprint(
    specs.map(({ definition, name, policies }) => `${name}=${definition}${policiesVersion(policies)}`).sort().join(),
  );

/** The command that tells them. */
export const tellingOf = (
  specs: ReadonlyArray<JobSpec>,
  digest: string,
): Extract<ControlRequest["command"], { readonly _tag: "Tell" }> => ({
  _tag: "Tell",
  digest,
  definitions: {
    *[Symbol.iterator]() {
      for (const spec of specs) yield [spec.name, definitionOf(spec)];
    },
  },
});
