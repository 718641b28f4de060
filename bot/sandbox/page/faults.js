// "What if…": trouble on order for the generator, Telegram and the bot, and what the bot says to it.

import * as api from "./api.js";
import { attempt, closeButton } from "./dialogs.js";
import { byId, el, icon } from "./dom.js";
import { on, state } from "./state.js";
import { clock, t, told } from "./texts.js";

const SIDES = ["generator", "result", "callback", "telegram"];
const SIGNS = { kill: "close", restart: "forward", stop: "moon", start: "sun" };

let kinds = null;

export const isOpen = () => !byId("faults").hidden;

async function setOpen(open) {
  byId("faults").hidden = !open;
  byId("app").classList.toggle("with-faults", open);
  byId("faults-open").setAttribute("aria-expanded", String(open));
  if (!open) return byId("faults-open").focus();
  kinds ??= (await attempt(api.faults()))?.kinds ?? null;
  draw();
  byId("faults").querySelector("button")?.focus();
}

function draw() {
  drawDot();
  if (!isOpen()) return;
  const focused = byId("faults").contains(document.activeElement) && (document.activeElement.dataset.id ?? "");
  const total = state.faults.reduce((sum, one) => sum + one.times, 0);
  byId("faults").replaceChildren(
    el("header", { class: "faults-head" }, el("h2", { id: "faults-title" }, t("whatIf")), closeButton(() => setOpen(false))),
    el("p", { class: "hint" }, t("whatIfHint")),
    el("div", { class: "faults-now" },
      el("p", { role: "status", data: { testid: "faults-pending", count: total } }, total ? t("pending", { count: total }) : t("noFaults")),
      el("button", { type: "button", class: "button", disabled: total === 0, data: { testid: "faults-clear", id: "clear" }, onclick: clear }, t("clearFaults"))),
    ...SIDES.map(group), botGroup(), log(),
  );
  // What had the focus may be gone or disabled now; the panel keeps it all the same.
  if (focused !== false) (byId("faults").querySelector(`[data-id="${focused}"]:enabled`) ?? byId("faults").querySelector("button")).focus();
}

function group(side) {
  const mine = kinds?.filter((kind) => kind.side === side) ?? [];
  return mine.length ? section(t(`side_${side}`), mine.map(fault)) : "";
}

const section = (title, children) => el("section", {}, el("h3", {}, title), el("div", { class: "fault-list" }, children));

function fault({ id, title, hint }) {
  const waiting = state.faults.find((one) => one.id === id)?.times ?? 0;
  return el("button", { type: "button", class: "fault", title: hint, data: { testid: "fault", id, times: waiting }, onclick: () => order(id) },
    el("span", {}, told(id, title)), waiting > 0 && el("span", { class: "badge", "aria-label": t("pending", { count: waiting }) }, waiting));
}

async function order(id) {
  take(await attempt(api.orderFault(id)));
}

async function clear() {
  if (await attempt(api.clearFaults())) take([]);
}

function take(answer) {
  const pending = Array.isArray(answer) ? answer : answer?.pending;
  if (!pending) return;
  state.faults = pending;
  draw();
}

function botGroup() {
  const { running, restarts } = state.process;
  const actions = running ? ["kill", "restart", "stop"] : ["start"];
  const status = el("p", { class: "bot-status" }, el("span", { class: `dot ${running ? "on" : "off"}` }), el("span", { role: "status", data: { testid: "bot-status" } }, running ? t("running") : t("stopped")),
    restarts > 0 && el("span", { class: "hint" }, t("restarts", { count: restarts })));
  return section(t("side_bot"), [status, ...actions.map((action) =>
    el("button", { type: "button", class: `fault ${action === "kill" ? "bad" : ""}`, data: { testid: `bot-${action}`, id: action }, onclick: () => attempt(api.bot(action)) }, el("span", {}, t(`bot_${action}`)), icon(SIGNS[action])))]);
}

function log() {
  const lines = state.log.toReversed().map(({ at, level, event, detail }) =>
    el("li", { class: `log-line ${level}` }, el("time", {}, clock(at)), el("span", {}, [event, detail].filter(Boolean).join(" · "))));
  return section(t("log"), lines.length ? [el("ol", { class: "log", tabindex: "0", "aria-label": t("log"), data: { testid: "log" } }, lines)] : [el("p", { class: "hint" }, t("logEmpty"))]);
}

function drawDot() {
  const { running } = state.process;
  byId("bot-dot").className = `dot ${running ? "on" : "off"}`;
  const ordered = state.faults.length > 0;
  byId("faults-open").classList.toggle("armed", ordered);
  const words = running ? t("running") : t("stopped");
  byId("faults-open").title = ordered ? `${words} · ${t("pending", { count: state.faults.length })}` : words;
}

export function startFaults() {
  byId("faults-open").addEventListener("click", () => {
    setOpen(!isOpen());
  });
  byId("faults").addEventListener("keydown", (event) => event.key === "Escape" && setOpen(false));
  for (const kind of ["faults", "process", "log", "place"]) on(kind, draw);
}
