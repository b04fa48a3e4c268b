/**
 * Scripts of Redis are sent for as long as somebody waits for their answers, and no longer.
 */
import { describe, expect, it } from "vitest";
import { type Script, Thrown, type Transport } from "../../adapters/redis/Script.ts";
import * as scripting from "../../adapters/redis/scripting.ts";

const script: Script = { name: "exchange", text: "return 1" };
const missed = new Thrown({ kind: "refused", error: "NOSCRIPT No matching script" });

/** A server that answers by what it has been sent, and what that was. */
const server = (answer: (command: string) => Promise<unknown>) => {
  const sent: Array<string> = [];
  const evaluate: Transport["evaluate"] = (command) => {
    sent.push(command);
    return answer(command);
  };
  return { sent, run: scripting.make({ evaluate }) };
};

describe("a script", () => {
  it("that the server has not is sent as text, and by its hash no more once it was missed three times", async () => {
    const { run, sent } = server((command) => command === "eval" ? Promise.resolve("done") : Promise.reject(missed));
    for (let n = 0; n < 4; n++) expect(await run(script, [], [], undefined)).toBe("done");
    expect(sent).toEqual(["evalsha", "eval", "evalsha", "eval", "evalsha", "eval", "eval"]);
  });

  it("that somebody has given up is not sent", async () => {
    const { run, sent } = server(() => Promise.resolve("done"));
    await expect(run(script, [], [], AbortSignal.abort(new Error("over")))).rejects.toThrow("over");
    expect(sent).toEqual([]);
  });

  it("that somebody gives up while it is asked for by its hash is not sent as text", async () => {
    const over = new AbortController();
    const { run, sent } = server(() => {
      over.abort(new Error("over"));
      return Promise.reject(missed);
    });
    await expect(run(script, [], [], over.signal)).rejects.toThrow("over");
    expect(sent).toEqual(["evalsha"]);
  });

  it.each([
    ["a refusal", new Thrown({ kind: "refused", error: "READONLY" })],
    ["no answer", new Thrown({ kind: "no-answer" })],
    ["a defect", new RangeError("ours")],
  ])("fails with %s as it is, and is not sent again", async (_, error) => {
    const { run, sent } = server(() => Promise.reject(error));
    await expect(run(script, [], [], undefined)).rejects.toBe(error);
    expect(sent).toEqual(["evalsha"]);
  });
});
