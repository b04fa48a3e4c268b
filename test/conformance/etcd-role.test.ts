/**
 * An etcd that restricts what a user may do: the role that `docs/operations.md` shows is enough for every law, and whoever has less
 * is told so.
 */
import * as Effect from "effect/Effect";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import * as Etcd from "../../adapters/etcd.ts";
import { Driver } from "../../src/Driver.ts";
import * as Laws from "../../src/testing/Laws.ts";
import { type EtcdCluster, startEtcd } from "../support/etcd.ts";
import { projectRoot } from "../support/project.ts";

const [, permission = "", prefix = ""] = /^etcdctl role grant-permission fleet (\w+) (\S+) --prefix=true$/m.exec(
  readFileSync(join(projectRoot, "docs/operations.md"), "utf8"),
) ?? [];
const password = "pass";

let etcd: EtcdCluster;
beforeAll(async () => {
  etcd = await startEtcd();
  const ask = (path: string, body: unknown) => etcd.request(`/v3/auth/${path}`, body);
  const range = { key: btoa(prefix), range_end: btoa(prefix.replace(/\/$/, "0")) };
  const elsewhere = { key: btoa("other/"), range_end: btoa("other0") };
  for (const [name, keys] of [["fleet", range], ["stranger", elsewhere]] as const) {
    await ask("user/add", { name, password });
    await ask("role/add", { name });
    await ask("role/grant", { name, perm: { permType: permission.toUpperCase(), ...keys } });
    await ask("user/grant", { user: name, role: name });
  }
  await ask("user/add", { name: "root", password });
  await ask("role/add", { name: "root" });
  await ask("user/grant", { user: "root", role: "root" });
  await ask("enable", {});
}, 60_000);
afterAll(() => etcd?.stop());

const made = (user: string) => Effect.runPromise(Etcd.make({ endpoints: etcd.urls, user, password }));

it("every law holds under the role of the page", async () => {
  const driver = await made("fleet");
  const laws = Laws.all.filter(({ name }) => !Etcd.lawExceptions.has(name));
  const failures = (list: typeof laws, concurrency: number) =>
    Effect.runPromise(Effect.forEach(
      list,
      (law) =>
        Effect.provideService(law.check, Driver, driver).pipe(
          Effect.as([]),
          Effect.catchCause((cause) => Effect.succeed([{ law, why: `${law.name}: ${cause}` }])),
        ),
      { concurrency },
    )).then((found) => found.flat());
  // What goes by the clock may fail beside others on a crowded machine; what is not allowed fails alone, too.
  const first = await failures(laws, 4);
  const broken = await failures(first.map((it) => it.law), 1);
  expect(laws.length).toBeGreaterThan(50);
  expect(broken.map((it) => it.why)).toEqual([]);
}, 240_000);

it("who may read and write other keys only is told so", async () => {
  const driver = await made("stranger");
  const command = { _tag: "Control", service: "role", command: { _tag: "PauseAll" } } as const;
  const error = await Effect.runPromise(Effect.flip(driver.control(command)));
  expect([error.reason, error.detail]).toEqual([
    "Unauthorized",
    "etcd refused the credentials or what they may do; check user, password and the permissions of its role",
  ]);
});
