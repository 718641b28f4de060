// Buttons under messages, and the reply keyboard that stands below the input.

import * as api from "./api.js";
import { attempt, pickChat, tell, toast } from "./dialogs.js";
import { byId, el, icon, starred } from "./dom.js";
import { openLink } from "./links.js";
import { openInvoice } from "./pay.js";
import { go } from "./place.js";
import { emit, here, isBots, isPrivate, meantForMe, messagesIn, on, state } from "./state.js";
import { t } from "./texts.js";
import { openApp } from "./webapp.js";

const ANSWER_MS = 15_000; // a button stops looking busy after this, answered or not
const busy = new Map(); // query id -> button
const answered = new Set();
const used = new Set(); // one-time reply keyboards that were used

export function inlineKeyboard(message) {
  const rows = message.reply_markup?.inline_keyboard;
  if (!rows?.length) return null;
  return el("div", { class: "buttons", role: "group", data: { testid: "keyboard" } },
    rows.map((row) => el("div", { class: "button-row" }, row.map((button) => inlineButton(message, button)))));
}

function inlineButton(message, button) {
  const [sign, act] = action(message, button);
  return el("button", {
    type: "button", class: `key ${button.style ?? ""} ${button.pay ? "pay" : ""}`, disabled: !act, title: act ? null : t("notHere"),
    data: { testid: "key", data: button.callback_data ?? "" }, onclick: ({ currentTarget }) => act?.(currentTarget),
  }, el("span", {}, button.pay ? starred(button.text) : button.text), sign && icon(sign));
}

/** The sign in the corner and what happens; nothing happens for what is not played here. */
function action(message, button) {
  if (button.callback_data) return [null, (node) => press(message, button.callback_data, node)];
  if (button.pay) return [null, () => openInvoice({ chat: message.chat.id, message_id: message.message_id })];
  if (button.url) return ["share", () => openLink(button.url)];
  if (button.copy_text) return ["copy", () => copy(button.copy_text.text)];
  if (button.web_app) return ["app", () => openApp(button.web_app.url, button.text)];
  if ("switch_inline_query_current_chat" in button) return [null, () => emit("inline", button.switch_inline_query_current_chat)];
  if ("switch_inline_query" in button) return ["forward", () => switchTo(button.switch_inline_query)];
  const chosen = button.switch_inline_query_chosen_chat;
  if (chosen) return ["forward", () => switchTo(chosen.query ?? "", (chat) => (isPrivate(chat) ? chosen.allow_bot_chats : chosen.allow_group_chats))];
  return [null, null];
}

async function press(message, data, node) {
  node.classList.add("busy");
  node.setAttribute("aria-busy", "true");
  const pressed = await attempt(api.press(state.me, message.chat.id, message.message_id, data));
  if (!pressed || answered.delete(pressed.query_id)) return rest(node);
  busy.set(pressed.query_id, node);
  setTimeout(() => busy.delete(pressed.query_id) && rest(node), ANSWER_MS);
}

function rest(node) {
  node.classList.remove("busy");
  node.removeAttribute("aria-busy");
}

/** The bot answers a press. The answer may be faster than the reply to the press itself. */
on("answer", ({ query_id: id, person, text, alert, url }) => {
  if (busy.has(id)) rest(busy.get(id));
  if (!busy.delete(id)) answered.add(id);
  if (person !== state.me) return;
  if (url) openLink(url);
  if (text && alert) tell(text);
  else if (text) toast(text);
});

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast(t("copied"));
  } catch {
    toast(t("notCopied"), "bad");
  }
}

async function switchTo(query, fits) {
  const place = await pickChat(fits);
  if (!place) return;
  go({ chat: place.chat, topic: place.topic ?? 0 });
  setTimeout(emit, 0, "inline", query); // the address changes first, then the composer is there
}

/** The keyboard that the bot's latest word on the matter asks for, if any. */
export function showReplyKeyboard() {
  const said = messagesIn(state.chat, state.topic).filter(isBots);
  const latest = said.findLast((message) => {
    const markup = message.reply_markup;
    return (markup?.keyboard || markup?.remove_keyboard) && meantForMe(message);
  });
  const keyboard = latest?.reply_markup.keyboard;
  const shown = Boolean(keyboard) && !used.has(`${latest.chat.id}/${latest.message_id}`);
  byId("keys").hidden = !shown;
  byId("keys").replaceChildren(...(shown ? keyboard.map((row) => el("div", { class: "button-row" }, row.map((button) => replyButton(latest, button)))) : []));
}

function replyButton(message, given) {
  const button = typeof given === "string" ? { text: given } : given;
  const special = Object.keys(button).some((name) => name.startsWith("request_"));
  const act = async () => {
    if (button.web_app) return openApp(button.web_app.url, button.text);
    if (message.reply_markup.one_time_keyboard) used.add(`${message.chat.id}/${message.message_id}`);
    await attempt(api.say(here(), button.text));
    showReplyKeyboard();
  };
  return el("button", { type: "button", class: "key", disabled: special, title: special ? t("notHere") : null, data: { testid: "reply-key" }, onclick: act }, button.text);
}
