/**
 * Listens at a channel of a Redis over HTTP: `/subscribe/<channel>`, as Upstash has it, answers with an event for each message.
 */
import type { Answer } from "../http/post.ts";
import { postForLines } from "../http/stream.ts";
import type { Hearing } from "../../src/Store.ts";
import { asThrown, read } from "./answer.ts";
import { Thrown } from "./Script.ts";
import type { Subscribe } from "./http.ts";

/** What a line tells: `data: <what>,<channel>,<text>`, and no name of ours holds a comma. */
const toldBy = (line: string, { heard, opened }: Hearing, stands: () => void): undefined => {
  const [, what, text = ""] = /^data: ?(subscribe|message),[^,]*,(.*)$/.exec(line) ?? [];
  if (what === "subscribe") {
    stands();
    opened();
  } else if (what === "message") heard(text);
};

/** An endpoint that knows no `subscribe`: a gateway's way to say so. */
const isUnserved = ({ status }: Answer): boolean => status === 404 || status === 405 || status === 501;

/** Listens. */
export const subscribe: Subscribe = async (send, post, channel, hearing) => {
  const url = `${post.url}/subscribe/${encodeURIComponent(channel)}`;
  const headers = { ...post.headers, "accept": "text/event-stream" };
  const { host } = new URL(url);
  try {
    const answer = await postForLines(send, { ...post, url, headers }, (line, stands) => toldBy(line, hearing, stands));
    const detail = `${host} does not serve subscribe over HTTP; leave out hints: true`;
    if (isUnserved(answer)) throw new Thrown({ kind: "unusable", detail });
    read(answer, host);
    throw new Thrown({ kind: "nonsense" });
  } catch (error) {
    throw asThrown(error);
  }
};
