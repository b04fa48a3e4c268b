import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as beats from "../../adapters/redis/beat.ts";
import * as exchanges from "../../adapters/redis/exchange.ts";
import { fieldOf, keyOf, keysOf } from "../../adapters/redis/keys.ts";
import { decode, encode, readWhole, whole } from "../../src/core/ledger/packed.ts";
import { beat, change, look } from "../../src/testing/laws/store/kit.ts";

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
      const [one, two] = [keysOf("ringcron:", a), keysOf("ringcron:", b)];
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

describe("keys of rows", () => {
  it("come back as they were, and none is a mark of the scripts", () => {
    fc.assert(fc.property(anyString, (key) => {
      expect(fieldOf(key)).toMatch(/^[A-Za-z0-9._%:~-]+$/);
      expect(keyOf(fieldOf(key))).toBe(key);
    }));
  });
});

describe("replies", () => {
  const now = "1800000000000";
  const hash = `#${"0123456789".repeat(4)}`;
  const exchange = {
    _tag: "Exchange",
    service: "s",
    items: [
      look("a", "b"),
      change({ rows: [{ key: "c", expect: undefined, put: "1|@5+1@" }], members: [["n", true]] }),
    ],
    touch: false,
  } as const;
  const readers: ReadonlyArray<readonly [string, (reply: string) => unknown]> = [
    [
      `${now}|${now}|5|1|1\nm|1800000060000|60000|n|1800000000000|d|1|a|1|active\nd|x|1|job=h\no|j:late`,
      (reply) => beats.read(reply, beat("s", "n")),
    ],
    [`${now}\n-\n\n=1|2\n+`, (reply) => exchanges.read(reply, exchange)],
    [`${now}\n-\n${hash}long\n=1|2\n-1\n=1|7`, (reply) => exchanges.read(reply, exchange)],
  ];

  it.each(readers)("%j is read", (reply, read) => {
    expect(read(reply)).not.toBe(undefined);
  });

  it("of any other shape are refused, and never throw", () => {
    const edit = fc.record({
      at: fc.nat(),
      cut: fc.nat({ max: 4 }),
      put: fc.stringMatching(/^[|,;\n=a-z0-9%#+-]{0,4}$/),
    });
    for (const [reply, read] of readers) {
      fc.assert(
        fc.property(edit, ({ at, cut, put }) => {
          const from = at % reply.length;
          read(reply.slice(0, from) + put + reply.slice(from + cut));
        }),
        { numRuns: 2_000 },
      );
      for (const other of ["", "\n", reply.slice(0, 6), `${reply}\nextra`, reply.replace(now, "soon")]) {
        expect(read(other), other).toBe(undefined);
      }
    }
  });
});
