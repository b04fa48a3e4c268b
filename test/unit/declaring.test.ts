/**
 * What members declare beyond what one request may carry: told in pieces, once for all that declare the same, and gone when nobody
 * needs it.
 */
import { describe, expect, it } from "vitest";
import * as Engine from "../../src/core/engine/Engine.ts";
import { readKept, readPointer } from "../../src/core/ledger/piecesText.ts";
import * as store from "../../src/core/ledger/reference-store.ts";
import type { StoreReply, StoreRequest } from "../../src/core/words/Exchange.ts";
import type { BeatReply, BeatRequest } from "../../src/core/words/Request.ts";
import type { Declared } from "../../src/core/words/View.ts";
import { fingerprint } from "../../src/core/words/hash.ts";
import { seededRandom } from "../support/faults.ts";
import { operate } from "../support/operate.ts";

const limits = { rows: 10, bytes: 1_000 };
const service = "billing";
const minute = 60_000;
const pieceRows = (of: store.Service) => [...of.rows.keys()].filter((it) => it.startsWith("e:"));
const keptIn = (of: store.Service) => readKept(of.rows.get("s:declared"));

const jobs = (count: number, generation: string): Declared =>
  new Map(Array.from({ length: count }, (_, n) => [`job-${generation}-${n}`, fingerprint(`${n}`).slice(0, 8)]));

const sorted = (declared: Declared | undefined) => [...declared ?? []].sort(([a], [b]) => a < b ? -1 : 1);

/** How much is sent or answered for a request. */
const sizeOf = (it: StoreRequest | StoreReply): number =>
  JSON.stringify(it, (_, value) => value instanceof Map ? [...value] : value).length;

class Scene {
  now = 1_000_000;
  service = store.empty();
  requests = 0;
  largest = 0;

  answer(request: StoreRequest): StoreReply {
    // Rows take a while.
    if (request._tag === "Exchange") this.now += 40;
    const reply = store.answer(this.service, request, this.now);
    this.requests += 1;
    // The store in memory has texts for versions, which stores at a distance do not send.
    const told = reply._tag === "Exchange" ? reply.results.filter((it) => it._tag === "Found").length : sizeOf(reply);
    const puts = request._tag === "Exchange" ? request.items.reduce((sum, it) => sum + putIn(it), 0) : sizeOf(request);
    this.largest = Math.max(this.largest, told, puts);
    return reply;
  }
}

const putIn = (it: Extract<StoreRequest, { _tag: "Exchange" }>["items"][number]): number =>
  it._tag === "Change" ? it.rows.reduce((sum, row) => sum + (row.put?.length ?? 0), 0) : 0;

/** One node: an engine, and what it says. */
class Node {
  readonly engine: Engine.Engine = Engine.make(limits);
  readonly known: Map<string, Declared> = new Map();
  readonly incarnation: string;
  declared: Declared;
  isStored = false;
  knownVersion = 0;

  constructor(incarnation: string, declared: Declared) {
    this.incarnation = incarnation;
    this.declared = declared;
  }

  get digest(): string {
    return fingerprint(sorted(this.declared).join());
  }

  request(state: BeatRequest["state"] = "active"): BeatRequest {
    return {
      _tag: "Beat",
      service,
      incarnation: this.incarnation,
      name: this.incarnation,
      weight: 1,
      state,
      deployment: 1,
      digest: this.digest,
      declared: this.isStored ? undefined : this.declared,
      gapMs: 30 * minute,
      leaseMs: 10_000,
      knownVersion: this.knownVersion,
      knownDigests: [...this.known.keys()],
      overdueMs: 5_000,
    };
  }

  learn(reply: BeatReply): BeatReply {
    this.isStored = !reply.wantsDeclared;
    for (const [digest, declared] of reply.declared) this.known.set(digest, declared);
    this.known.set(this.digest, this.declared);
    const isComplete = reply.members?.every((it) => this.known.has(it.digest)) ?? this.knownVersion > 0;
    this.knownVersion = isComplete ? reply.version : 0;
    return reply;
  }

  beat(scene: Scene, state?: BeatRequest["state"]): BeatReply {
    return this.learn(operate(this.engine, this.request(state), () => scene.now, (it) => scene.answer(it)));
  }

  /** Beats until all is told and known; how many beats that took. */
  settle(scene: Scene): number {
    for (let beats = 1; beats < 50; beats++) {
      const { isPartial = false, wantsDeclared } = this.beat(scene);
      if (!isPartial && !wantsDeclared) return beats;
      scene.now += 500;
    }
    throw new Error(`${this.incarnation} has never told all`);
  }
}

const members = (scene: Scene, engine: Engine.Engine = Engine.make(limits)) =>
  operate(
    engine,
    { _tag: "Peek", service, jobs: [], history: false, members: true },
    () => scene.now,
    (it) => scene.answer(it),
  ).members ?? [];

describe("a declaration beyond what a request may carry", () => {
  it("is told in pieces, in no request more than it may carry, and known to all", () => {
    const scene = new Scene();
    const a = new Node("a", jobs(300, "x"));
    expect(a.settle(scene)).toBeGreaterThan(1);
    expect(scene.largest).toBeLessThanOrEqual(1_000);
    const pointer = readPointer(scene.service.declared.get(a.digest) ?? "");
    expect(pointer?.map((it) => `e:${it}`).sort()).toEqual(pieceRows(scene.service).sort());
    expect(keptIn(scene.service)).toMatchObject([{ digest: a.digest, writer: "", pieces: pointer }]);
    const other = new Node("b", jobs(3, "y"));
    other.settle(scene);
    expect(sorted(other.known.get(a.digest))).toEqual(sorted(a.declared));
    const client = Engine.make(limits);
    for (const read of [true, false]) {
      const before = scene.requests;
      expect(members(scene, client).map((it) => it.jobs.size)).toEqual([300, 3]);
      // What was read before is not read again.
      expect(scene.requests - before > 2).toBe(read);
    }
  });

  it("costs the next that declare the same one request, in whatever order they do", () => {
    const scene = new Scene();
    new Node("a", jobs(300, "x")).settle(scene);
    const [before, rows] = [scene.requests, new Map(scene.service.rows)];
    const b = new Node("b", new Map([...jobs(300, "x")].reverse()));
    expect([b.settle(scene), scene.requests - before]).toEqual([1, 1]);
    expect(scene.service.rows).toEqual(rows);
  });

  it("is told by one of those that begin together, and the others join meanwhile", () => {
    const scene = new Scene();
    const [a, b] = [new Node("a", jobs(300, "x")), new Node("b", jobs(300, "x"))];
    expect(a.beat(scene)).toMatchObject({ joined: true, wantsDeclared: true, isPartial: true });
    const rows = pieceRows(scene.service).length;
    expect(b.beat(scene)).toMatchObject({ joined: true, wantsDeclared: true, isPartial: true });
    expect(pieceRows(scene.service).length).toBe(rows);
    a.settle(scene);
    expect([b.settle(scene), b.isStored]).toEqual([1, true]);
  });

  it("is told on by others where whoever began is gone", () => {
    const scene = new Scene();
    const [a, b] = [new Node("a", jobs(300, "x")), new Node("b", jobs(300, "x"))];
    a.beat(scene);
    b.beat(scene);
    scene.now += 15_000;
    expect(b.beat(scene).isPartial).toBe(true);
    scene.now += 1;
    b.settle(scene);
    expect(members(scene).map((it) => it.jobs.size)).toEqual([300, 300]);
  });

  it("stays as long as a member has it, and goes when the next is told", () => {
    const scene = new Scene();
    const a = new Node("a", jobs(300, "x"));
    a.settle(scene);
    scene.now += 11 * minute;
    const b = new Node("b", jobs(300, "y"));
    b.settle(scene);
    expect(keptIn(scene.service).map((it) => it.digest)).toEqual([b.digest, a.digest]);
    a.beat(scene, "gone");
    const c = new Node("c", jobs(300, "z"));
    c.settle(scene);
    expect(keptIn(scene.service).map((it) => it.digest)).toEqual([c.digest, b.digest]);
    expect(pieceRows(scene.service).length).toBe(keptIn(scene.service).flatMap((it) => it.pieces).length);
    expect(members(scene).map((it) => it.jobs.size)).toEqual([300, 300]);
  });

  it("is told again where the store has lost it before it was behind the digest", () => {
    const scene = new Scene();
    const a = new Node("a", jobs(100, "x"));
    let kept: store.Service | undefined;
    const reply = operate(a.engine, a.request(), () => scene.now, (it) => {
      const isPointer = it._tag === "StoreBeat" && it.declared !== undefined;
      // It goes back to what it was after the first beat.
      if (isPointer && kept !== undefined) scene.service = kept;
      const answer = scene.answer(it);
      kept ??= structuredClone(scene.service);
      return answer;
    });
    expect(a.learn(reply)).toMatchObject({ wantsDeclared: true, isPartial: true });
    a.settle(scene);
    expect(members(scene).map((it) => it.jobs.size)).toEqual([100]);
  });
});

describe("whoever tells and removes beside one another", () => {
  /** Nodes that come, go, change what they declare and die at any request, and time that leaps; then those left settle. */
  const course = (seed: number): void => {
    const random = seededRandom(seed);
    const below = (n: number): number => Math.floor(random() * n);
    const scene = new Scene();
    const declared = ["x", "y", "z"].map((it) => jobs(40 + 10 * below(8), it));
    let count = 0;
    const born = (): Node => new Node(`n${count++}`, declared[below(3)] ?? new Map());
    const nodes = [born(), born(), born()];
    const open = new Map<Node, { operation: Engine.Operation<BeatReply>; requests: ReadonlyArray<StoreRequest> }>();
    const advance = (node: Node, replies: ReadonlyArray<StoreReply> | undefined): void => {
      const operation = open.get(node)?.operation ?? node.engine.begin(node.request(), () => scene.now);
      const step = operation.next(replies ?? []);
      if (step.done !== true) return void open.set(node, { operation, requests: step.value.requests });
      open.delete(node);
      node.learn(step.value);
    };
    for (let n = 0; n < 150; n++) {
      const at = below(nodes.length);
      const node = nodes[at] as Node;
      const chance = below(60);
      if (chance === 0) scene.now += below(12) * minute;
      else if (chance === 1) {
        open.delete(node);
        operate(node.engine, node.request("gone"), () => scene.now, (it) => scene.answer(it));
        nodes[at] = born();
      } else if (chance < 4) open.delete(node);
      else if (chance === 4 && !open.has(node)) {
        node.declared = declared[below(3)] ?? node.declared;
        node.isStored = false;
      } else advance(node, open.get(node)?.requests.map((it) => scene.answer(it)));
      scene.now += below(400);
    }
    open.clear();
    scene.now += minute;
    for (const node of nodes) node.settle(scene);
    const seen = new Map(members(scene).map((it) => [it.incarnation, it.jobs]));
    for (const { declared, incarnation } of nodes) {
      const told = seen.get(incarnation) ?? new Map();
      const isTold = told.size === declared.size && [...declared].every(([job, hash]) => told.get(job) === hash);
      expect(isTold, `seed ${seed}: ${told.size} of ${declared.size} jobs of ${incarnation} are told`).toBe(true);
    }
    const called = new Set(keptIn(scene.service).flatMap((it) => it.pieces).map((it) => `e:${it}`));
    expect(pieceRows(scene.service).filter((it) => !called.has(it)), "pieces that nobody knows of").toEqual([]);
  };

  it("leave every member's declaration whole, and no piece that nobody knows of", () => {
    for (let seed = 1; seed <= 80; seed++) course(seed);
  });
});
