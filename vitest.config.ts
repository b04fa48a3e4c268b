import { fileURLToPath } from "node:url";
import { defineConfig, type ViteUserConfig } from "vitest/config";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

// The public names lead to the sources, as `paths` of tsconfig.json says: no test needs a build of the library.
const alias = [
  { find: /^#upstash$/, replacement: path("./adapters/redis/sdk.ts") },
  { find: /^ringcron$/, replacement: path("./src/mod.ts") },
  { find: /^ringcron\/promise$/, replacement: path("./src/shell/promise.ts") },
  { find: /^ringcron\/(core|testing)$/, replacement: path("./src/$1/mod.ts") },
  { find: /^ringcron\/(.+)$/, replacement: path("./adapters/$1.ts") },
];

const pure = ["test/unit/**/*.test.ts", "test/property/**/*.test.ts"];

// What takes minutes of computing and nothing else: `npm run test:long`.
const long = ["test/property/mutations.test.ts", "test/property/simulation.test.ts"];

const config: ViteUserConfig = defineConfig({
  resolve: { alias },
  test: {
    testTimeout: 60_000,
    expect: { poll: { timeout: 15_000 } },
    hookTimeout: 60_000,
    teardownTimeout: 10_000,
    // Forks, so that a test that is stuck can be killed, and its servers go with it.
    pool: "forks",
    projects: [
      { extends: true, test: { name: "pure", include: pure, exclude: long.slice(0, 1) } },
      { extends: true, test: { name: "long", include: long } },
      {
        extends: true,
        test: {
          name: "system",
          include: ["test/**/*.test.ts"],
          exclude: pure,
          // Compiles and finds Redis once, so that tests in parallel do not race for it. Not for the pure tests, which
          // must run while something else does not compile.
          globalSetup: ["test/support/global-setup.ts"],
        },
      },
    ],
  },
});

export default config;
