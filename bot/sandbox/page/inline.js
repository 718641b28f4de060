// Inline mode: "@bot words" in any chat shows what the bot offers; choosing sends it.

import * as api from "./api.js";
import { toast, attempt } from "./dialogs.js";
import { byId, el } from "./dom.js";
import { startBot } from "./links.js";
import { closePopup, isOpen, openPopup } from "./popup.js";
import { here, state } from "./state.js";
import { t } from "./texts.js";
import { openApp } from "./webapp.js";

const PAUSE_MS = 300; // typing goes on within this; then the bot is asked
let timer = 0;
let asked = 0; // number of the latest question; older answers are dropped
let failed = false; // said once per question

/** True if the text is a question for inline mode. */
export function suggestInline(text) {
  const typed = new RegExp(`^@${state.bot.username}\\s([^]*)$`, "i").exec(text);
  clearTimeout(timer);
  asked += 1;
  if (!typed) return false;
  timer = setTimeout(query, PAUSE_MS, typed[1].trim(), asked);
  return true;
}

async function query(words, number) {
  if (!isOpen()) openPopup("waiting", t("inlineWaiting"), [], { foot: el("p", { class: "hint" }, t("inlineWaiting")) });
  const ask = (offset) => api.inline(state.me, state.chat, words, offset);
  try {
    const answer = await ask();
    if (number === asked) show(answer, ask, number);
    failed = false;
  } catch (error) {
    if (number !== asked) return;
    closePopup();
    if (!failed) toast(t("failed", { why: error.message }), "bad"); // not for every letter
    failed = true;
  }
}

function show(answer, more, number) {
  const grid = answer.results.length > 0 && answer.results.every(imageOf);
  const foot = answer.button ? topButton(answer.button) : answer.results.length ? null : el("p", { class: "hint" }, t("inlineEmpty"));
  const entries = answer.results.map((result) => option(result, answer.query_id, grid));
  const list = openPopup(`inline ${grid ? "grid" : ""}`, t("inlineResults", { name: state.bot.first_name }), entries, { foot });
  list.dataset.testid = "inline-list";
  if (answer.next_offset) onEnd(list, async () => {
    const next = await attempt(more(answer.next_offset));
    if (next && number === asked) show({ ...next, results: [...answer.results, ...next.results], query_id: next.query_id }, more, number);
  });
}

function imageOf(result) {
  const id = result.photo_file_id ?? result.sticker_file_id ?? (result.type === "gif" ? result.gif_file_id : null);
  return id ? api.fileUrl(id) : localUrl(result.thumbnail_url ?? result.photo_url);
}

/** The page loads nothing from outside this machine. */
const localUrl = (url) => (url && new URL(url, location.href).origin === location.origin ? url : null);

function option(result, queryId, grid) {
  const image = imageOf(result);
  const words = result.title ?? result.caption ?? result.description ?? t("picture");
  const node = el("div", { class: grid ? "offer-tile" : "offer", "aria-label": words, data: { testid: "inline-result", id: result.id } },
    image ? el("img", { src: image, alt: "" }) : el("img", { src: "/page/icon.svg", alt: "" }),
    !grid && el("span", { class: "offer-words" }, el("strong", {}, words), el("span", { class: "hint" }, result.description)));
  return { node, choose: () => choose(queryId, result.id) };
}

async function choose(queryId, resultId) {
  closePopup();
  byId("field").value = "";
  byId("field").dispatchEvent(new Event("input"));
  await attempt(api.choose(here(), queryId, resultId));
}

function topButton(button) {
  const act = () => {
    closePopup();
    if (button.web_app) openApp(button.web_app.url, button.text);
    else startBot(button.start_parameter ?? "");
  };
  return el("button", { type: "button", class: "button wide", data: { testid: "inline-button" }, onclick: act }, button.text);
}

function onEnd(list, act) {
  const check = () => {
    if (list.scrollTop + list.clientHeight < list.scrollHeight - 40) return;
    list.removeEventListener("scroll", check);
    act();
  };
  list.addEventListener("scroll", check, { passive: true });
}
