/**
 * The command line over an etcd that has users: what it says to whoever may not look, in a sentence and an exit code.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import { cli } from "../support/cli-process.ts";
import { type EtcdCluster, startEtcd } from "../support/etcd.ts";

const secret = "a-password/that+must-not-be-seen";
let etcd: EtcdCluster;

beforeAll(async () => {
  etcd = await startEtcd();
  const ask = (path: string, body: unknown) => etcd.request(`/v3/auth/${path}`, body);
  for (const name of ["root", "stranger"]) {
    await ask("user/add", { name, password: secret });
    await ask("role/add", { name });
    await ask("user/grant", { user: name, role: name });
  }
  await ask("enable", {});
}, 60_000);
afterAll(() => etcd?.stop());

it.each(
  [
    ["root", `${secret}!`, ["status"], 4],
    ["stranger", secret, ["members"], 4],
    ["", secret, ["members"], 4],
    ["root", secret, ["pause", "nobody"], 5],
  ] as const,
)("as %j with %j %j ends with %i", async (user, password, args, code) => {
  const url = (etcd.urls[0] ?? "").replace("http:", "etcd:");
  const env = {
    RINGCRON_SERVICE: "cli",
    RINGCRON_URL: url,
    ...(user === "" ? {} : { ETCD_USER: user, ETCD_PASSWORD: password }),
  };
  const result = await cli(args, { env });
  expect([result.code, result.out]).toEqual([code, ""]);
  expect(result.err).toMatch(/^ringcron: .+\n$/);
  expect(result.err).not.toContain(secret);
});
