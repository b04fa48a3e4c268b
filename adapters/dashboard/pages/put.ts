/**
 * The form by which a schedule is put: a new one, or one that is there otherwise.
 */
import { dstRules } from "../../../src/core/schedule/expression.ts";
import { instantText } from "../../../src/core/schedule/format.ts";
import type { ScheduleInfo } from "../../../src/shell/Schedules.ts";
import type { Content } from "../frame.ts";
import { type Html, markup, type Piece } from "../html.ts";
import { ownPolicies } from "../putting.ts";
import { type Look, scheduleWay } from "./parts.ts";
import { handlerList } from "./schedules.ts";

interface Field {
  readonly name: string;
  readonly word: string;
  readonly value?: string | undefined;
  readonly hint?: Piece;
  /** Attributes besides. */
  readonly more?: Html | undefined;
  /** Whether it holds JSON, which is read before it is sent. */
  readonly json?: boolean;
}

const described = ({ hint, name }: Field): Html | false =>
  hint !== undefined && markup`<small id="h-${name}">${hint}</small>`;

const line = (it: Field): Html =>
  markup`<label for="f-${it.name}">${it.word}<input id="f-${it.name}" name="${it.name}" value="${
    it.value ?? ""
  }" autocomplete="off" spellcheck="false" ${
    it.hint !== undefined && markup`aria-describedby="h-${it.name}"`
  } ${it.more}>${described(it)}</label>`;

const area = (it: Field): Html =>
  markup`<label for="f-${it.name}">${it.word}<textarea id="f-${it.name}" name="${it.name}" rows="6" spellcheck="false" ${
    it.json === true && markup`data-json`
  } ${it.hint !== undefined && markup`aria-describedby="h-${it.name}"`}>${it.value ?? ""}</textarea>${
    described(it)
  }</label>`;

const instantOf = (at: number | undefined): string => at === undefined ? "" : instantText(at);

const jsonOf = (value: unknown): string => value === undefined ? "" : JSON.stringify(value, undefined, 2);

/** The page. Of one that is there it keeps what nobody changes, and puts nothing if somebody else was faster. */
export const put = (old: ScheduleInfo | undefined, handlers: ReadonlySet<string>, look: Look): Content => {
  const own = old && ownPolicies(old.policies);
  const title = old === undefined ? "Put a schedule" : `Change ${old.id}`;
  const back = old === undefined ? `${look.base}/schedules` : scheduleWay(old.id, look);
  const required = markup`required`;
  const which = old === undefined
    ? line({
      name: "id",
      word: "Id",
      hint: "1 to 256 characters, any, such as tenant-7/weekly",
      more: markup`required maxlength="256" data-new`,
    })
    : markup`<input type="hidden" name="id" value="${old.id}"><input type="hidden" name="ifVersion" data-json value="${old.version}">`;
  const kept = line({
    name: "keepRuns",
    word: "Kept runs",
    value: old === undefined ? "" : `${old.keepRuns}`,
    hint: "how many of its last runs are kept: 0 to 10; nothing: one",
    more: markup`inputmode="numeric" pattern="[0-9]|10" data-json`,
  });
  const main = markup`<p class="crumbs"><a href="${back}">${old === undefined ? "Schedules" : old.id}</a></p><h1>${
    old === undefined ? title : markup`Change <span class="name">${old.id}</span>`
  }</h1><form class="card put" method="dialog" data-put="${look.base}/schedule?id=" data-means="${
    old === undefined
      ? "It starts runs from its next fire on. Nothing before now is owed."
      : "What was due by now is decided as it was; the rest goes by this. Runs and a pause stay."
  }">${which}${
    line({
      name: "handler",
      word: "Handler",
      value: old?.handler,
      hint: old === undefined
        ? "what it starts, as nodes name it"
        : "with another one it is another schedule, and owes nothing",
      more: markup`required maxlength="128" list="handlers"`,
    })
  }${handlerList(handlers)}${
    line({
      name: "schedule",
      word: "Schedule",
      value: old?.schedule,
      hint:
        markup`<code>0 9 * * MON-FRI</code>, <code>@every 90s</code>, or once: <code>@at 2030-01-01T09:00:00Z</code>`,
      more: required,
    })
  }${
    line({
      name: "timeZone",
      word: "Time zone",
      value: old?.timeZone,
      hint: "such as Europe/Berlin; nothing: UTC, or as the schedule says",
    })
  }${
    area({
      name: "payload",
      word: "Payload",
      value: jsonOf(old?.payload),
      hint: "JSON of at most 16,384 bytes; nothing: none",
      json: true,
    })
  }<label class="choice"><input type="checkbox" name="enabled" ${
    old?.enabled !== false && markup`checked`
  }> It starts runs; otherwise it is there and starts none</label><details ${
    hasMore(old, own) && markup`open`
  }><summary>Bounds, changes of clocks, policies</summary>${
    line({ name: "startAt", word: "From", value: instantOf(old?.startAt), hint: "2026-03-01T09:00:00Z, or nothing" })
  }${
    line({ name: "endAt", word: "Until", value: instantOf(old?.endAt), hint: "likewise; not this instant itself" })
  }<label for="f-dst">Local times that a change of clocks skips or repeats<select id="f-dst" name="dst">${
    dstRules.map((it) =>
      markup`<option value="${it === "default" ? "" : it}" ${
        it === (old?.dst ?? "default") && markup`selected`
      }>${it}</option>`
    )
  }</select></label>${kept}${
    area({
      name: "policies",
      word: "Policies",
      value: own === undefined || Object.keys(own).length === 0 ? "" : jsonOf(own),
      hint:
        markup`JSON such as <code>{ "overlap": "queue", "timeoutMs": 60000 }</code>; what is left out is as by default`,
      json: true,
    })
  }</details><p class="wrong" id="put-wrong" role="alert"></p><div class="row end"><a class="button" href="${back}">Leave it</a><button type="submit" class="main" id="put-it">${
    old === undefined ? "Put it" : "Change it"
  }</button></div></form>`;
  return { title, tab: "Schedules", main };
};

const hasMore = (old: ScheduleInfo | undefined, own: object | undefined): boolean =>
  old !== undefined &&
  (old.startAt !== undefined || old.endAt !== undefined || (old.dst ?? "default") !== "default" || old.keepRuns !== 1 ||
    Object.keys(own ?? {}).length > 0);
