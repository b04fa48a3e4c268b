/**
 * What `ringcron schedules` refuses before it asks a store anything, and what it says of itself.
 */
import { describe, expect, it } from "vitest";
import { call } from "../support/cli-host.ts";

const put = ["schedules", "put", "tenant-7", "--handler", "report"];

describe("ringcron schedules", () => {
  it("alone is wrong use, and says what there is", async () => {
    const { code, err, out } = await call(["schedules"]);
    expect([code, out]).toEqual([2, ""]);
    for (const name of ["list", "get", "put", "remove", "pause", "resume", "trigger"]) expect(err).toContain(name);
    expect((await call(["schedules", "--help"])).code).toBe(0);
    expect((await call(["schedules", "lst"])).err).toContain("list");
  });

  it.each(
    [
      [[...put], "give --schedule or --at"],
      [[...put, "--schedule", "@daily", "--at", "now"], "give --schedule or --at"],
      [[...put, "--at", "soon"], '--at: "soon" is no instant'],
      [[...put, "--schedule", "@daily", "--payload", "{secret"], "--payload: is no JSON"],
      [[...put, "--schedule", "@daily", "--payload", "-", "--token-stdin"], "standard input can be read once"],
      [[...put, "--schedule", "@daily", "--policies", "[]"], "--policies: is no object"],
      [[...put, "--schedule", "@daily", "--policies", '{"id":"other"}'], "--policies"],
      [[...put, "--schedule", "@daily", "--if-version", "new"], "--if-version"],
      [["schedules", "put", "tenant-7", "--schedule", "@daily"], "--handler"],
      [["schedules", "list", "--limit", "1001"], "--limit"],
      [["schedules", "get"], "id"],
    ] as const,
  )("%j is wrong use", async (args, what) => {
    const { code, err, out } = await call(args);
    expect([code, out]).toEqual([2, ""]);
    expect(err.toLowerCase()).toContain(what.toLowerCase());
    expect(err).not.toContain("secret");
    expect(JSON.parse((await call([...args, "--json"])).err)).toMatchObject({ error: { exitCode: 2 } });
  });
});
