import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decode, encode, keys, readWhole, whole } from "../../adapters/redis/names.ts";
import * as replies from "../../adapters/redis/replies.ts";
import { historyEntry, jobState } from "../../adapters/redis/records.ts";
import type { BeatRequest, ClaimItem } from "../../src/Request.ts";

/** Any sequence of UTF-16 units, lone surrogates included. */
const anyString = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 8 }).map((units) => String.fromCharCode(...units)),
  fc.stringMatching(/^[%u0-9A-F{}|,;=#.-]{0,12}$/),
);

describe("names in the store", () => {
  it("come back as they were", () => {
    fc.assert(fc.property(anyString, (name) => {
      expect(decode(encode(name))).toBe(name);
    }));
  });

  it("hold no separator, and two of them are never the same", () => {
    fc.assert(fc.property(anyString, anyString, (a, b) => {
      expect(encode(a)).toMatch(/^[A-Za-z0-9._%-]+$/);
      expect(encode(a) === encode(b)).toBe(a === b);
    }));
  });

  it("are as a person wrote them where possible", () => {
    expect(encode("reports_daily-2.x")).toBe("reports_daily-2.x");
    expect(encode("a:b é 日")).toBe("a%3Ab%20%E9%20%u65E5");
  });

  it("make keys with exactly one hash tag, and no two services share one", () => {
    fc.assert(fc.property(anyString, anyString, (a, b) => {
      const [one, two] = [keys("ringcron:", a), keys("ringcron:", b)];
      for (const key of Object.values(one)) expect(key.match(/[{}]/g)).toEqual(["{", "}"]);
      expect(Object.values(one).some((key) => Object.values(two).includes(key))).toBe(a === b);
    }));
  });

  it("decode nothing else", () => {
    for (const text of ["", "%%", "%4", "%zz", "%u12", "a b", "é", "%2g", "a|b"]) {
      expect(decode(text), text).toBe(undefined);
    }
  });
});

describe("whole numbers", () => {
  it("are read strictly and written only if they are", () => {
    for (const text of ["", "1.5", "1e3", " 1", "0x1", "99999999999999999", "NaN", "--1"]) {
      expect(readWhole(text), text).toBe(undefined);
    }
    expect([readWhole("-12"), readWhole("0"), readWhole("1800000000000")]).toEqual([-12, 0, 1_800_000_000_000]);
    for (const value of [1.5, NaN, Infinity, 2 ** 53]) expect(() => whole(value)).toThrow(RangeError);
  });
});

describe("replies", () => {
  const item = { job: "job" } as ClaimItem;
  const claim = { items: [item, item] } as never;
  const readers: ReadonlyArray<readonly [string, (reply: string) => unknown]> = [
    [
      "beat|1800000000000|5|1|0|1\nm|n|a|1|active|1|d|60000|1800000060000\nd|x|job=h\no|late",
      (reply) => replies.beat(reply, { knownVersion: 0 } as BeatRequest),
    ],
    [
      "claim|1800000000000\nok|5|6,1,due,7;8,2,rerun,9|||0\nmoved|5||1,1,late,1|4|200",
      (reply) => replies.claim(reply, claim),
    ],
    ["complete\nok\ngone", (reply) => replies.complete(reply, claim)],
    ["control|ok|1800000000000", replies.control],
    ["peek|1800000000000\nj|1|5|6|0|d|1|%|||k,7", (reply) => replies.peek(reply, { jobs: ["job"] } as never)],
  ];

  it.each(readers)("%j is read", (reply, read) => {
    expect(read(reply)).not.toBe(undefined);
  });

  it("of any other shape are refused, and never throw", () => {
    const change = fc.record({
      at: fc.nat(),
      cut: fc.nat({ max: 4 }),
      put: fc.stringMatching(/^[|,;\n=a-z0-9%-]{0,4}$/),
    });
    for (const [reply, read] of readers) {
      fc.assert(
        fc.property(change, ({ at, cut, put }) => {
          const from = at % reply.length;
          read(reply.slice(0, from) + put + reply.slice(from + cut));
        }),
        { numRuns: 2_000 },
      );
      for (const other of ["", "\n", reply.slice(0, 6), `${reply}\nextra`, reply.replace("1800000000000", "soon")]) {
        if (other !== reply) expect(read(other), other).toBe(undefined);
      }
    }
  });

  it("hold records and lines that are left out when they cannot be read", () => {
    expect(jobState("job", "1|5|6|0|d|1|%||5,1,due,7,n.1|")?.active[0]?.holder).toBe("n");
    for (const bad of ["", "x", "1|5|6|0|d|1|%||5,1,due|", "1|x|6|0|d|1|%|||", "1|5|6|0|d|1|%||"]) {
      expect(jobState("job", bad), bad).toBe(undefined);
    }
    expect(historyEntry("S,job,5,paused,-1,1,2")?._tag).toBe("Skip");
    for (const bad of ["", "S,job", "R,job,1,1,1,won,1,1,n", "S,job,5,why,1,1,1", "T,job"]) {
      expect(historyEntry(bad), bad).toBe(undefined);
    }
  });
});
