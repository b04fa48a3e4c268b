/**
 * Every text that was ever written is read as what it said, and written back as it was.
 */
import { describe, expect, it } from "vitest";
import * as keys from "../../adapters/etcd/keys.ts";
import { readShelf, shelfText } from "../../src/core/ledger/Asked.ts";
import { drainText, readDrain } from "../../src/core/ledger/Drain.ts";
import { definitionsText, readDefinitions } from "../../src/core/ledger/definitionText.ts";
import { actionLine, historyEntry, historyLine } from "../../src/core/ledger/historyText.ts";
import type { HistoryEntry } from "../../src/core/words/Request.ts";
import { declaredText, readDeclared, readPolicyVersions, readRow, rowText } from "../../src/core/ledger/memberText.ts";
import { allPausedText, readAllPaused } from "../../src/core/ledger/Pause.ts";
import { payloadText, readPayload } from "../../src/core/ledger/Payload.ts";
import { readResult, resultText } from "../../src/core/ledger/Results.ts";
import { readRecord, recordText } from "../../src/core/ledger/recordText.ts";
import { keptText, pointerText, readKept, readPointer } from "../../src/core/ledger/piecesText.ts";
import { readTold, toldText } from "../../src/core/ledger/toldText.ts";
import * as definitions from "../golden/definitions-2.ts";
import * as history from "../golden/history-2.ts";
import * as golden from "../golden/layout-2.ts";
import * as schedules from "../golden/schedules-2.ts";

const layout = 2;

const holds = <A>(
  kind: string,
  texts: ReadonlyArray<golden.Golden<A>>,
  read: (text: string) => unknown,
  write: (value: A) => string,
): void => {
  describe(kind, () => {
    it.each(texts)("%s", (_, text, value) => {
      expect(read(text)).toEqual(value);
      expect(write(value)).toBe(text);
    });
  });
};

describe("texts of layout 2", () => {
  holds("records of schedules", schedules.records, readRecord, (it) => recordText(it, layout));
  holds("records", golden.records, readRecord, (it) => recordText(it, layout));
  holds("rows of members", golden.rows, readRow, rowText);
  holds("what members declare", golden.declared, readDeclared, declaredText);
  holds("keys that people asked under", golden.shelves, readShelf, (it) => shelfText(it, layout));
  holds("pauses of all jobs", golden.pauses, readAllPaused, (it) => allPausedText(it, layout));
  holds("what became of fires", golden.results, readResult, (it) => resultText({ ...it, slot: 0 }, layout));
  holds("what fires were asked with", golden.payloads, readPayload, (it) => payloadText(it, layout));
  holds("what jobs are", definitions.definitions, readDefinitions, (it) => definitionsText(it, layout));
  holds("names of pieces", definitions.pointers, readPointer, (it) => pointerText(it ?? []));
  holds("of which declarations pieces are kept", definitions.kept, readKept, (it) => keptText(it, layout));
  holds("of which declarations all is told", definitions.told, readTold, (it) => toldText(it, layout));
  holds(
    "policies of what members declare",
    definitions.declared,
    (text) => ({ jobs: readDeclared(text), policies: readPolicyVersions(text) }),
    ({ jobs, policies }) => declaredText(jobs, policies),
  );
  holds("what asks a node to leave", golden.drains, readDrain, (it) => drainText(it, layout));
  const lineOf = (it: HistoryEntry): string => it._tag === "Action" ? actionLine(it, layout) : historyLine(it, layout);
  holds("lines of the history", history.lines, historyEntry, lineOf);
});

describe("values of etcd", () => {
  holds("members", golden.etcdNodes, keys.readNode, ({ digest, row }) => keys.nodeValue(row, digest));
  holds("promises", golden.etcdPromises, keys.readMember, keys.memberValue);
  holds("rows", golden.etcdRows, keys.readRow, ({ since, text }) => keys.rowValue(text, since));
});

it("what a later release adds at the end of a member's row is passed over", () => {
  const member = { ...golden.rows[0]?.[2], layout: 3 };
  expect(readRow("3|web-1|1|active|0|12000|zones|and,more")).toEqual({ ...member, zones: "zones" });
  expect(readRow("3|web-1|1|active|0|12000|and,more")).toEqual(member);
});

it("a pause of all jobs that nobody can read is one, and nobody knows why", () => {
  const texts = [
    "3|7|p|banna",
    "x",
    "",
    "2",
    "2|",
    "2|7|z",
    "2|7|p",
    "2|7|p|z1",
    "2|7|p|banna,",
    "2|7|p|r1,b2",
    "2|7|o|",
    "2|x|o",
  ];
  expect(texts.map(readAllPaused)).toEqual(texts.map(() => ({ token: 0, note: {} })));
});

it("texts of a later layout are told from what is none", () => {
  const later = (text: string): string => text.replace(/^2/, "3");
  expect(golden.records.map(([, text]) => readRecord(later(text)))).toEqual(golden.records.map(() => "newer"));
  expect(golden.declared.map(([, text]) => readDeclared(later(text)))).toEqual(golden.declared.map(() => "newer"));
  expect(golden.shelves.map(([, text]) => readShelf(later(text)))).toEqual(golden.shelves.map(() => "newer"));
  expect(history.lines.map(([, text]) => historyEntry(later(text)))).toEqual(history.lines.map(() => undefined));
  expect([readDeclared("1|a=b"), readShelf("x"), readDeclared(""), readShelf("2")]).toEqual(Array(4).fill("corrupt"));
});
