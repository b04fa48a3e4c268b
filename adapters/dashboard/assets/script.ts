/**
 * What happens in the browser: the page stays true, times count, buttons ask and act. Plain JavaScript as a text, so that neither a
 * build nor a bundler stands between this file and what runs.
 */

/** The script. */
export const script: string = String.raw`"use strict";
(() => {
  const body = document.body, base = body.dataset.base, every = Number(body.dataset.refresh);
  const by = (id) => document.getElementById(id);
  const main = () => by("main");
  let offset = Number(body.dataset.now) - Date.now();
  const now = () => Date.now() + offset;

  const steps = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
  const span = (ms) => {
    const s = Math.round(Math.abs(ms) / 1000);
    const at = steps.findIndex(([size]) => s >= size);
    if (at < 0) return "";
    const [size, name] = steps[at], more = steps[at + 1];
    const rest = more && s < size * 10 ? Math.floor(s % size / more[0]) : 0;
    return Math.floor(s / size) + " " + name + (rest ? " " + rest + " " + more[1] : "");
  };
  const tick = () => {
    for (const it of document.querySelectorAll("[data-rel]")) {
      const ms = Number(it.dataset.rel) - now(), text = span(ms);
      const said = text === "" ? "now" : ms > 0 ? "in " + text : text + " ago";
      if (it.textContent !== said) it.textContent = said;
    }
    by("clock").textContent = new Date(now()).toISOString().slice(11, 19) + " UTC";
  };
  document.addEventListener("pointerover", ({ target }) => {
    const time = target.closest && target.closest("time");
    if (time && !time.title) time.title = new Date(time.dateTime).toLocaleString(undefined, { dateStyle: "full", timeStyle: "long" });
  });

  const live = by("live");
  const tell = (kind, words) => { live.className = "live " + kind; if (live.textContent !== words) live.textContent = words; };

  const put = (html, mark) => {
    const active = document.activeElement, id = active && main().contains(active) ? active.id : "";
    const open = [...main().querySelectorAll("details[open]")].length > 0;
    // Somebody types, fills in a form, or reads what was unfolded: it waits.
    if (open || main().querySelector("[data-put]") || (active && main().contains(active) && /^(INPUT|SELECT|TEXTAREA)$/.test(active.tagName))) return false;
    const made = new DOMParser().parseFromString("<main>" + html + "</main>", "text/html").querySelector("main");
    const scrolled = [...main().querySelectorAll(".scroll")].map((it) => it.scrollLeft);
    main().replaceChildren(...made.childNodes);
    main().dataset.mark = mark;
    main().querySelectorAll(".scroll").forEach((it, at) => { it.scrollLeft = scrolled[at] || 0; });
    if (id && by(id)) by(id).focus({ preventScroll: true });
    hide();
    tick();
    return true;
  };

  let timer, asking = false;
  const look = async () => {
    clearTimeout(timer);
    if (document.hidden) return tell("still", "resting");
    if (asking) return;
    asking = true;
    const at = location.pathname.slice(base.length) + location.search;
    try {
      const asked = base + "/live.json?" + new URLSearchParams({ at, mark: main().dataset.mark });
      const answer = await fetch(asked, { headers: { accept: "application/json" }, redirect: "error" });
      if (answer.status === 401 || answer.status === 403) {
        tell("off", "signed out");
        return toast("You may not look any more. Load the page again to sign in.");
      }
      const said = await answer.json();
      if (said.now) offset = said.now - Date.now();
      if (said.main !== undefined) put(said.main, said.mark);
      if (answer.ok) tell("", "live"); else tell("off", said.error || "no answer");
    } catch {
      tell("off", "no answer");
    } finally {
      asking = false;
    }
    timer = setTimeout(look, every);
  };
  document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });

  let toasting;
  const toast = (words) => {
    by("toast").textContent = words;
    clearTimeout(toasting);
    toasting = setTimeout(() => { by("toast").textContent = ""; }, 6000);
  };

  const dialog = by("ask");
  let about;
  const ask = (pressed, title, means, fields, what) => {
    about = { ...what, from: pressed.id };
    by("ask-title").textContent = title;
    by("ask-text").textContent = means;
    by("ask-wrong").textContent = "";
    const yes = by("ask-yes");
    yes.textContent = pressed.textContent;
    yes.className = pressed.className === "grave" ? "grave" : "main";
    yes.disabled = false;
    for (const it of dialog.querySelectorAll("[data-field]")) it.hidden = !fields.includes(it.dataset.field);
    dialog.querySelector("form").reset();
    dialog.showModal();
    const first = dialog.querySelector("[data-field=reason]:not([hidden]) input, [data-field=payload]:not([hidden]) textarea");
    (first || by("ask-no")).focus();
  };
  document.addEventListener("click", ({ target }) => {
    const pressed = target.closest && target.closest("[data-act]");
    if (!pressed || !dialog) return;
    const { act, ask: title, body, fields, means } = pressed.dataset;
    const key = crypto.randomUUID ? crypto.randomUUID() : String(Math.random()).slice(2);
    ask(pressed, title, means, fields.split(" "), { action: act, body: JSON.parse(body), key });
  });
  const filled = (form) => {
    const body = {};
    for (const it of form.elements) {
      const value = it.type === "checkbox" ? it.checked : it.value.trim();
      if (!it.name || value === "") continue;
      if (it.dataset.json === undefined) body[it.name] = value;
      else try { body[it.name] = JSON.parse(value); } catch {
        it.focus();
        throw new Error("In “" + it.labels[0].firstChild.textContent.trim() + "” is no JSON. A text needs quotation marks.");
      }
    }
    // Of a new one nothing is to be there yet.
    if (form.querySelector("[data-new]")) body.ifVersion = 0;
    return body;
  };
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-put]");
    if (!form || !dialog) return;
    event.preventDefault();
    by("put-wrong").textContent = "";
    try {
      const body = filled(form), { means, put } = form.dataset;
      const go = put + encodeURIComponent(body.id);
      ask(by("put-it"), "Put " + body.id + "?", means, [], { action: "schedule-put", body, go });
    } catch (error) {
      by("put-wrong").textContent = error.message;
    }
  });
  const act = async () => {
    const form = new FormData(dialog.querySelector("form")), sent = { ...about.body };
    for (const it of dialog.querySelectorAll("[data-field]:not([hidden])")) {
      const name = it.dataset.field, value = String(form.get(name) || "").trim();
      if (value === "") continue;
      if (name === "payload") {
        try { sent.payload = JSON.parse(value); } catch { throw new Error("That is no JSON. A text needs quotation marks."); }
      } else sent[name] = value;
    }
    if (about.action === "trigger") sent.key = about.key;
    const answer = await fetch(base + "/actions/" + about.action, {
      method: "POST",
      headers: { "content-type": "application/json", "x-ringcron": "act" },
      body: JSON.stringify(sent),
    }).catch(() => { throw new Error("No answer. It may have been done or not; look, and ask again."); });
    const said = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(said.error || "It was refused (" + answer.status + ").");
    return said.said;
  };
  if (dialog) {
    by("ask-no").addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => { if (about && by(about.from)) by(about.from).focus(); });
    dialog.querySelector("form").addEventListener("submit", async (event) => {
      event.preventDefault();
      const yes = by("ask-yes");
      yes.disabled = true;
      by("ask-wrong").textContent = "";
      try {
        const said = await act();
        dialog.close();
        if (about.go) return location.assign(about.go);
        toast(said);
        await look();
        // What a node does about it shows a moment later.
        setTimeout(look, 1500);
      } catch (error) {
        by("ask-wrong").textContent = error.message;
      } finally {
        yes.disabled = false;
      }
    });
  }

  // Marks of a time line tell what they are, to the pointer and to the keys.
  const tip = by("tip");
  const hide = () => { tip.hidden = true; document.querySelectorAll(".on").forEach((it) => it.classList.remove("on")); };
  const show = (mark) => {
    hide();
    mark.classList.add("on");
    tip.textContent = mark.dataset.tip;
    tip.hidden = false;
    const at = mark.getBoundingClientRect(), size = tip.getBoundingClientRect();
    tip.style.left = Math.max(4, Math.min(innerWidth - size.width - 4, at.left + at.width / 2 - size.width / 2)) + "px";
    tip.style.top = (at.top - size.height - 8 < 4 ? at.bottom + 8 : at.top - size.height - 8) + "px";
  };
  document.addEventListener("pointerover", ({ target }) => {
    const mark = target.closest && target.closest("[data-tip]");
    if (mark) show(mark); else if (!tip.hidden) hide();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") return hide();
    const line = event.target.closest && event.target.closest("[data-marks]");
    if (!line || !/^Arrow(Left|Right)$|^Home$|^End$/.test(event.key)) return;
    const marks = [...line.querySelectorAll("[data-tip]")];
    if (marks.length === 0) return;
    event.preventDefault();
    const on = marks.findIndex((it) => it.classList.contains("on"));
    const nearest = marks.findIndex((it) => it.dataset.ahead !== undefined);
    const to = { Home: 0, End: marks.length - 1, ArrowLeft: on < 0 ? marks.length - 1 : Math.max(0, on - 1), ArrowRight: on < 0 ? Math.max(0, nearest) : Math.min(marks.length - 1, on + 1) };
    show(marks[to[event.key]]);
  });
  document.addEventListener("focusout", hide);
  addEventListener("scroll", hide, { passive: true });

  tick();
  setInterval(tick, 1000);
  timer = setTimeout(look, main().dataset.mark ? every : 100);
})();
`;
