/**
 * What passes between processes and a Redis, read from the bodies of requests and answers.
 *
 * @module
 */
import type { Answer, Asked } from "../../support/upstash-protocol.ts";
import { tally } from "./store.ts";

/** Takes notes of requests that were applied. */
export interface Notes {
  readonly counters: Map<string, number>;
  readonly take: (asked: Asked, answer: Answer) => void;
}

/** Empty notes. */
export function takeNotes(): Notes {
  const counters = new Map<string, number>();
  const take = (_: Asked, answer: Answer): void => {
    const { error, result } = JSON.parse(answer.body) as { readonly error?: string; readonly result?: unknown };
    if (typeof result !== "string") {
      return tally(counters, `answer: error ${error?.split(" ")[0] ?? "of another shape"}`);
    }
    const [, head = "", ...lines] = result.split("\n");
    if (!/^\d+$/.test(head)) {
      const [word = ""] = head.split("|");
      return tally(counters, `answer: ${/^\d+$/.test(word) ? "to a beat" : word || "nothing"}`);
    }
    for (const line of lines) {
      if (line.startsWith("+")) tally(counters, "answer: changed");
      if (line.startsWith("-")) tally(counters, "answer: found");
    }
  };
  return { counters, take };
}
