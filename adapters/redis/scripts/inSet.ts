/**
 * Members that are nothing but rows of the set.
 */
import type { Kind } from "./kinds.ts";

/** Members that are nothing but rows of the set. */
export const inSet: Kind = {
  name: "redis-zset",
  mark: 2,
  hasKeys: false,
  look: `
local function look() end
`,
  keep: `
local function keep() end
`,
};
