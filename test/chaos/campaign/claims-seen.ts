/**
 * What passes between processes and a Redis, read from the bodies of requests and answers.
 *
 * @module
 */
import type { Answer, Asked } from "../../support/upstash-protocol.ts";
import { decode } from "../../../src/internal/packed.ts";
import { claimKey } from "./historian.ts";
import { tally } from "./store.ts";

/** Takes notes of requests that were applied. */
export interface Notes {
  readonly counters: Map<string, number>;
  readonly asked: Map<string, number>;
  readonly take: (asked: Asked, answer: Answer) => void;
}

/** Of `EVAL script keys … arguments …` the arguments after the tag. */
const argumentsOf = (command: ReadonlyArray<unknown>): ReadonlyArray<string> =>
  command.slice(3 + Number(command[2]) + 1).map(String);

/** Empty notes. */
export function takeNotes(): Notes {
  const counters = new Map<string, number>();
  const asked = new Map<string, number>();
  const take = (request: Asked, answer: Answer): void => {
    const { error, result } = JSON.parse(answer.body) as { readonly error?: string; readonly result?: unknown };
    if (typeof result !== "string") {
      return tally(counters, `answer: error ${error?.split(" ")[0] ?? "of another shape"}`);
    }
    const [, head = "", ...lines] = result.split("\n");
    const [word = ""] = head.split("|");
    tally(counters, `request: ${word}`);
    if (word === "complete") { for (const line of lines) tally(counters, `answer: completed ${line}`); }
    if (word !== "claim") return;
    // Of all arguments only an item has several parts.
    const items = argumentsOf(request.commands[0] ?? []).filter((it) => it.includes("|"));
    lines.forEach((line, index) => {
      const [status = "", , , lost = "", regressed = ""] = line.split("|");
      tally(counters, `answer: ${status}`);
      if (lost !== "") tally(counters, "answer: with lost runs");
      if (regressed !== "") tally(counters, "answer: with a regression");
      const [job = "", claimId = "", from = "", to = ""] = items[index]?.split("|") ?? [];
      const key = claimKey(decode(job) ?? job, decode(claimId) ?? claimId, Number(to));
      if (status !== "ok" || from === "") return;
      if (asked.has(key)) tally(counters, "answer: the same claim again");
      else asked.set(key, Number(from));
    });
  };
  return { counters, asked, take };
}
