/**
 * People who put, change, remove, pause, resume and trigger schedules, through nodes and from outside. What they ask travels as
 * requests of nodes do, round by round, and whoever gets no answer asks again.
 */
import { hashOfSchedule } from "../../../core/ledger/scheduleText.ts";
import { hashOf } from "../../../core/words/hash.ts";
import type { ScheduleCommand, SchedulePut, ScheduleReply } from "../../../core/words/ScheduleRequest.ts";
import { nameOf } from "../../../core/words/Schedules.ts";
import { count } from "../History.ts";
import { operate } from "../Network.ts";
import * as Random from "../Random.ts";
import { manyLimits } from "../limits.ts";
import { begun, type SimulatedNode, type SimulatedTick, type World } from "../World.ts";
import { drawDefinition, drawIds } from "./draws.ts";
import { handlers } from "./handlers.ts";

/** How long an answer is waited for, and how often the same is asked. */
const patienceMs = 2_000;
const mostTries = 5;

type Command = Exclude<ScheduleCommand, { readonly _tag: "Get" | "List" | "PauseAll" | "ResumeAll" }>;

/** Nobody's process: it asks, and runs nothing. */
const client = (now: number): SimulatedTick => ({
  ...begun(now, manyLimits),
  index: undefined,
  concurrency: undefined,
  labels: [],
  wallOffset: 0,
  drift: 0,
  jobs: new Map(),
  specOf: () => undefined,
  identity: () => "",
  ended: () => {},
});

/** Those who ask. */
export class People {
  readonly #world: World;
  readonly #clients: ReadonlyArray<SimulatedTick>;
  readonly #ids: ReadonlyArray<string>;
  /** The last version of each that somebody was told. */
  readonly #versions: Map<string, number> = new Map();
  readonly #last: Map<string, SchedulePut> = new Map();
  #puts = 0;

  constructor(world: World) {
    this.#world = world;
    this.#clients = [client(world.now), client(world.now)];
    this.#ids = drawIds(world.seed);
    const isHinting = Random.stream(world.seed, hashOf("schedule hints")).chance(500);
    if (isHinting && world.witness !== undefined) world.witness.onChange = (job) => this.#hint(job);
  }

  /** A second passes: now and then somebody asks for something. */
  ask(): void {
    const world = this.#world;
    const draws = Random.stream(world.seed, hashOf(`schedules ${Math.floor(world.now)}`));
    if (!draws.chance(world.faults.schedules)) return;
    const command = this.#draw(draws);
    if (!world.strike(`${command._tag.toLowerCase()} of a schedule`)) return;
    this.#send(command, draws, 1);
  }

  /** In a healed world: some are put that are due soon. */
  askAtEase(): void {
    const draws = Random.stream(this.#world.seed, hashOf("schedules at ease"));
    for (let n = draws.between(1, 4); n > 0; n--) {
      const put = this.#put(draws, `ease-${n}`, handlers[draws.below(3)] as string);
      this.#send({ _tag: "Put", puts: [put] }, draws, 1);
    }
    this.#putForSoon(draws);
  }

  /** Each node puts one with a handler of its own that is due before anybody else would hear of it. */
  #putForSoon(draws: Random.Random): void {
    const { faults, nodes, now, seed } = this.#world;
    nodes.forEach((node, index) => {
      const [handler] = node.handlesFor;
      if (!node.isAlive || node.state.phase !== "member" || handler === undefined) return;
      const [id, number] = [`soon-${index}`, ++this.#puts];
      const { policies } = drawDefinition(draws, { faults, handler, id, now, number, seed });
      const at = Math.floor(now / 1_000) * 1_000 + 3_000;
      const schedule = `@at ${new Date(at).toISOString()}`;
      const definition = { handler, schedule, policies, enabled: true };
      this.#send({ _tag: "Put", puts: [{ id, definition }] }, draws, 1, node);
    });
  }

  #put(draws: Random.Random, id: string, handler: string): SchedulePut {
    const { faults, now, seed } = this.#world;
    this.#puts += 1;
    const before = this.#last.get(id);
    if (before !== undefined && draws.chance(100)) return before;
    const definition = drawDefinition(draws, { faults, handler, id, now, number: this.#puts, seed });
    const ifVersion = draws.chance(150) ? (draws.chance(300) ? 0 : this.#versions.get(id) ?? 0) : undefined;
    const put = { id, definition, ifVersion };
    this.#last.set(id, { id, definition });
    return put;
  }

  #draw(draws: Random.Random): Command {
    const { seed } = this.#world;
    const pick = (): string => this.#ids[draws.below(this.#ids.length)] as string;
    const handlerOf = (id: string): string => {
      const usual = Random.stream(seed, hashOf(`handler of ${id}`)).below(handlers.length);
      return handlers[draws.chance(50) ? draws.below(handlers.length) : usual] as string;
    };
    const id = pick();
    const what = draws.below(1_000);
    if (what < 550) {
      const ids = new Set([id]);
      if (draws.chance(150)) { for (let n = draws.between(1, 5); n > 0; n--) ids.add(pick()); }
      return { _tag: "Put", puts: [...ids].map((it) => this.#put(draws, it, handlerOf(it))) };
    }
    if (what < 700) {
      const again = this.#last.get(id);
      if (again !== undefined && draws.chance(400)) {
        // Somebody else, who wants it to be there.
        const put = (): void => this.#send({ _tag: "Put", puts: [again] }, draws, 1);
        this.#world.after(draws.between(20, 2_000), put);
      }
      const ifVersion = draws.chance(300) ? this.#versions.get(id) : undefined;
      return { _tag: "Remove", id, ifVersion };
    }
    if (what < 800) return { _tag: "Trigger", id };
    if (what < 880) {
      // Somebody else, who lets it go on.
      const resume = (): void => this.#send({ _tag: "Resume", id, missed: "catch-up" }, draws, 1);
      if (draws.chance(400)) this.#world.after(draws.between(20, 2_000), resume);
      return { _tag: "Pause", id };
    }
    return { _tag: "Resume", id, missed: draws.chance(500) ? "skip" : "catch-up" };
  }

  /** Through a node that has joined, if the draw is so and there is one. */
  #node(draws: Random.Random): SimulatedNode | undefined {
    const isByNode = draws.chance(600);
    const pick = draws.below(1_000);
    const able = this.#world.nodes.filter((it) => it.isAlive && it.state.phase === "member");
    return isByNode ? able[pick % Math.max(1, able.length)] : undefined;
  }

  #send(command: Command, draws: Random.Random, tries: number, by?: SimulatedNode): void {
    const world = this.#world;
    const node = by ?? this.#node(draws);
    const process = node ?? this.#clients[draws.below(this.#clients.length)] as SimulatedTick;
    const sentAt = Math.floor(world.now);
    const again = (): void => {
      if (tries < mostTries) world.after(draws.between(1, patienceMs), () => this.#send(command, draws, tries + 1));
    };
    operate(
      world,
      process,
      { _tag: "Schedules", service: world.config.service, command },
      patienceMs,
      (reply: ScheduleReply) => this.#answered(command, sentAt, node, reply),
      again,
    );
  }

  #answered(command: Command, sentAt: number, node: SimulatedNode | undefined, { done }: ScheduleReply): void {
    const world = this.#world;
    const at = Math.ceil(world.now);
    done.forEach((it, index) => {
      const put = command._tag === "Put" ? command.puts[index] : undefined;
      const id = put?.id ?? ("id" in command ? command.id : "");
      const ifVersion = put?.ifVersion ?? ("ifVersion" in command ? command.ifVersion : undefined);
      const hash = put && hashOfSchedule(put.definition);
      const isHelped = node?.handlesFor.includes(it.handler ?? "") === true;
      const { schedules } = world.history;
      schedules.answers.push({ sentAt, at, id, command: command._tag, hash, ifVersion, done: it, isHelped });
      count(schedules, `${command._tag.toLowerCase()} of a schedule: ${it.result}`);
      if (it.version !== undefined) this.#versions.set(id, it.version);
      if (node === undefined || it.handler === undefined || it.result === "unchanged" || it.result === "conflict") {
        return;
      }
      world.step(node, { _tag: "Nudged", job: nameOf(it.handler, id) });
    });
  }

  /** Where the store tells hints most nodes hear of a change. */
  #hint(job: string): void {
    const world = this.#world;
    for (const node of world.nodes) {
      if (!node.isAlive || !world.traffic.chance(800)) continue;
      world.after(world.traffic.between(1, 20), () => world.step(node, { _tag: "Nudged", job: [job] }));
    }
  }
}
