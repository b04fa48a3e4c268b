/**
 * Schedules in the store, a page at a time: how each stands, what it starts, and when.
 */
import { expressionOf } from "../../../src/core/schedule/ofSchedule.ts";
import { describe } from "../../../src/core/schedule/describe.ts";
import type { ScheduleInfo, SchedulePage } from "../../../src/shell/Schedules.ts";
import type { Content } from "../frame.ts";
import type { SchedulesAsked } from "../Looks.ts";
import { type Html, markup } from "../html.ts";
import { away } from "../words.ts";
import { chip, empty, type Look, pager, pageWay, scheduleWay, table } from "./parts.ts";

/** How a schedule stands, as a chip. */
export const scheduleChip = (it: ScheduleInfo): Html => {
  if (!it.enabled) return chip("disabled", "paused");
  if (it.paused) return chip("paused", "paused");
  if (it.active > 0) return chip("at work", "running");
  if (it.isOverdue) return chip("overdue", "failed");
  return it.nextDueAt === undefined ? chip("finished", "finished") : chip("ready", "open");
};

/** When a schedule runs, in words. */
export const whenOf = (it: ScheduleInfo): string => {
  const read = expressionOf(it.id, it);
  return read === undefined ? it.schedule : describe(read);
};

/** The page. `handlers` are those that a member has. */
export const schedules = (
  { cursor: next, schedules: shown, unreadable }: SchedulePage,
  handlers: ReadonlySet<string>,
  { cursor, handler, prefix }: SchedulesAsked,
  look: Look,
): Content => {
  const isFirst = cursor === "";
  const isFiltered = prefix !== "" || handler !== "";
  const way = (to: string): string => pageWay("/schedules", { prefix, handler, cursor: to }, look);
  const row = (it: ScheduleInfo): Html =>
    markup`<tr><th scope="row"><a class="name" href="${scheduleWay(it.id, look)}">${it.id}</a></th><td>${
      scheduleChip(it)
    }</td><td><span class="name">${it.handler}</span>${
      !handlers.has(it.handler) && markup` ${chip("nobody has it", "undeclared")}`
    }</td><td class="words">${whenOf(it)}</td><td class="num">${
      !it.enabled
        ? markup`<span class="dim">nothing, as it is put</span>`
        : it.paused
        ? markup`<span class="dim">when it goes on</span>`
        : away(it.nextDueAt, look.now)
    }</td></tr>`;
  const nothing = !isFirst || next !== undefined
    ? empty("None here", next === undefined ? "This was the last page." : "None of those that were looked at; go on.")
    : isFiltered
    ? empty("No such schedule", "Nothing fits. Ids are looked for by how they begin, handlers by their whole name.")
    : empty("No schedules yet", markup`What is put with <code>schedules.put(…)</code>, or here, appears here.`);
  const main =
    markup`<div class="row head"><h1>Schedules <span class="dim">in the store</span></h1><form class="row" role="search" method="get" action="${look.base}/schedules"><label class="sr" for="prefix">Id begins with</label><input id="prefix" name="prefix" type="search" value="${prefix}" placeholder="Id begins with …" autocomplete="off" maxlength="256"><label class="sr" for="handler">Handler</label><input id="handler" name="handler" type="search" value="${handler}" placeholder="One handler …" list="handlers" autocomplete="off" maxlength="128"><button class="quiet">Find</button>${
      look.canAct && markup`<a class="button" href="${look.base}/schedules/put">Put one</a>`
    }</form>${handlerList(handlers)}</div><section class="card flush">${
      shown.length === 0
        ? nothing
        : table("schedules", ["Schedule", "State", "Handler", "Runs", "Next"], shown.map(row))
    }${
      unreadable.map((id) =>
        markup`<p class="pad"><em class="bad">Cannot be read</em>, and is left alone: <span class="name">${id}</span></p>`
      )
    }</section>${
      pager(
        "More schedules",
        !isFirst && ["From the beginning", way("")],
        next !== undefined && ["The next ones", way(next)],
      )
    }`;
  return { title: "Schedules", tab: "Schedules", main };
};

/** What the field for a handler proposes. */
export const handlerList = (handlers: ReadonlySet<string>): Html =>
  markup`<datalist id="handlers">${
    [...handlers].sort().map((it) => markup`<option value="${it}"></option>`)
  }</datalist>`;
