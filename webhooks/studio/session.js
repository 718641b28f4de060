// Who we are to the server: a person of Telegram, whose launch data is changed into a token once, or a program's owner.

import * as api from "./api.js";
import { $, el, on, session } from "./dom.js";
import { initData, inTelegram, leave } from "./telegram.js";
import { t, why } from "./texts.js";

/** What /api/me says, once somebody is let in. */
export async function enter() {
  on("locked", () => turnAway(t("locked")));
  if (!initData) return (await knock(session.get("token"))) ?? askForToken();
  try {
    api.enter(`Bearer ${await exchanged()}`);
    return await api.me();
  } catch (error) {
    if (error.status !== 401) throw error;
    return turnAway(t("locked"));
  }
}

async function exchanged() {
  const name = new URLSearchParams(initData).get("hash");
  const known = session.get(name);
  if (known && new Date(known.expiresAt) > new Date()) return known.token;
  const fresh = await api.session(initData);
  session.set(name, fresh);
  return fresh.token;
}

async function knock(token) {
  if (!token) return null;
  const data = await api.me(`Bearer ${token}`).catch((error) => { if (error.status !== 401) throw error; });
  if (data) {
    api.enter(`Bearer ${token}`);
    session.set("token", token);
  }
  return data;
}

function show(...content) {
  $("app").hidden = $("views").hidden = true;
  $("door").hidden = false;
  $("door").replaceChildren(...content);
  document.documentElement.dataset.ready = "";
}

function askForToken() {
  const field = el("input", { type: "password", id: "token", autocomplete: "off", "aria-describedby": "token-wrong" });
  const wrong = el("p", { id: "token-wrong", class: "complaint", role: "alert" });
  return new Promise((resolve) => {
    const submit = async (event) => {
      event.preventDefault();
      const found = await knock(field.value.trim()).catch((error) => { wrong.textContent = why(error); });
      if (found) resolve(found);
      else if (found === null || !wrong.textContent) wrong.textContent = t("wrongToken");
      if (!found) field.focus();
    };
    show(el("h2", {}, t("tokenTitle")), el("p", {}, t("tokenText")),
      el("form", { submit }, el("label", { for: "token", class: "legend" }, t("token")), field, wrong, el("button", { class: "button main" }, t("enter"))),
      el("p", { class: "hint" }, t("tokenKept")));
    field.focus();
  });
}

/** Nothing can be done any more but to begin anew. */
export function turnAway(text, { over = true } = {}) {
  const again = over && inTelegram ? leave : () => location.reload();
  if (over && !initData) session.set("token", null);
  show(el("h2", {}, t(over ? "closedTitle" : "notYet")), el("p", { role: "alert" }, text),
    el("button", { type: "button", class: "button", click: again }, t(over && inTelegram ? "close" : over ? "reload" : "retry")));
  return new Promise(() => {});
}
