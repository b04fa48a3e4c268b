import { describe, it } from "vitest";
import { play, scenarios } from "./support/etcd-scenarios.ts";

describe("a store over etcd", () => {
  it.each(scenarios)("%s", async (...scenario) => await play(scenario));
});
