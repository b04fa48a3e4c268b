import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig, type ViteUserConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

// The public names lead to the sources, as `paths` of tsconfig.json says: no test needs a build of the library.
const alias = [
  { find: /^#fields$/, replacement: path("./src/core/schedule/cronFields.ts") },
  { find: /^#upstash$/, replacement: path("./adapters/redis/sdk.ts") },
  { find: /^ringcron$/, replacement: path("./src/mod.ts") },
  { find: /^ringcron\/(promise|edge|ticks)$/, replacement: path("./src/shell/$1.ts") },
  { find: /^ringcron\/(core|testing)$/, replacement: path("./src/$1/mod.ts") },
  { find: /^ringcron\/(.+)$/, replacement: path("./adapters/$1.ts") },
];

const pure = ["test/unit/**/*.test.ts", "test/property/**/*.test.ts"];

// Compiles and finds Redis and etcd once, so that tests in parallel do not race for it. Not for the pure tests, which must
// run while something else does not compile.
const globalSetup = ["test/support/global-setup.ts"];

// What takes minutes of computing and nothing else: `npm run test:long`.
const hunts = ["test/property/mutations-*.test.ts"];
const long = [...hunts, "test/property/simulation.test.ts"];

// The way in, as people go it: what is installed from npm and JSR, frameworks, older peers, a newcomer's folder, a store with few
// rights; all laws in all runtimes, and scripts of stores that lack a rule. Also `npm run test:long`.
const wayIn = [
  "test/package/jsr.test.ts",
  "test/package/npm.test.ts",
  "test/package/peers.test.ts",
  "test/recipes/*.test.ts",
  "test/package/release.test.ts",
  "test/package/releases.test.ts",
  "test/docs/newcomer.test.ts",
  "test/docs/sizing.test.ts",
  "test/conformance/etcd-mutations.test.ts",
  "test/conformance/etcd-role.test.ts",
  "test/conformance/redis-acl.test.ts",
  "test/conformance/store-mutations.test.ts",
  "test/runtimes/laws.test.ts",
  "test/runtimes/ticks.test.ts",
];

// What is right only while the processor has time for it: leases and timeouts of a second or two that must hold, and clocks
// that are read to some milliseconds. One at a time, after all others. Clusters of etcd whose members die are the longest, and a part
// of `npm run test:long`.
const clusters = ["test/chaos/etcd-*.test.ts"];
const alone = [
  "test/conformance/etcd-http.test.ts",
  "test/conformance/etcd-laws.test.ts",
  "test/system/isolation.test.ts",
  "test/system/retry.test.ts",
];

// In a Chromium, which is fetched for it once: a part of `npm run test:long`.
const browser = ["test/browser/**/*.test.ts"];

// Most files wait for seconds to pass far longer than they compute.
const sideBySide = 2 * availableParallelism();

// What `npm run test:long` has computes nearly all the time.
const inPairs = { maxWorkers: 2, sequence: { groupOrder: 1 } };

// What takes longest begins first, so that no worker is left alone with it in the end; what computes and what waits in turns.
const longest = [
  "test/property/mutations-node.test.ts",
  "test/property/simulation.test.ts",
  "test/conformance/redis-acl.test.ts",
  "test/runtimes/laws.test.ts",
  "test/package/peers.test.ts",
  "test/conformance/etcd-mutations.test.ts",
  "test/package/npm.test.ts",
  "test/chaos/fleet.test.ts",
  "test/package/jsr.test.ts",
  "test/chaos/campaign.test.ts",
  "test/runtimes/agreement.test.ts",
  "test/conformance/store-mutations.test.ts",
  "test/conformance/store-differential.test.ts",
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = longest.findIndex((it) => moduleId.endsWith(`/${it}`));
      return at === -1 ? longest.length : at;
    };
    return (await super.sort(files)).sort((one, other) => rank(one) - rank(other));
  }
}

const config: ViteUserConfig = defineConfig({
  resolve: { alias },
  test: {
    testTimeout: 60_000,
    expect: { poll: { timeout: 15_000 } },
    hookTimeout: 60_000,
    teardownTimeout: 10_000,
    // Forks, so that a test that is stuck can be killed, and its servers go with it.
    pool: "forks",
    sequence: { sequencer: LongestFirst },
    projects: [
      { extends: true, test: { name: "pure", include: pure, exclude: hunts, maxWorkers: sideBySide } },
      { extends: true, test: { name: "long", include: long, ...inPairs } },
      { extends: true, test: { name: "way-in", include: wayIn, globalSetup, ...inPairs } },
      {
        extends: true,
        test: {
          name: "system",
          include: ["test/**/*.test.ts"],
          exclude: [...pure, ...alone, ...clusters, ...wayIn, ...browser],
          maxWorkers: sideBySide,
          globalSetup,
        },
      },
      { extends: true, test: { name: "browser", include: browser, testTimeout: 120_000, globalSetup, ...inPairs } },
      { extends: true, test: { name: "clusters", include: clusters, maxWorkers: 1, globalSetup } },
      { extends: true, test: { name: "alone", include: alone, maxWorkers: 1, globalSetup } },
    ],
  },
});

export default config;
