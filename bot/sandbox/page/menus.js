// Menus: of a message (right click, long press, keyboard), of the chat, of the paper clip.

import * as api from "./api.js";
import { attempt, pickChat } from "./dialogs.js";
import { byId, el, icon } from "./dom.js";
import { copy } from "./keyboard.js";
import { go } from "./place.js";
import { emit, isMine, isPrivate, messageOf, on, openChat, state } from "./state.js";
import { serviceOf } from "./content.js";
import { t } from "./texts.js";

const EMOJI = ["👍", "❤", "🔥", "🎉", "😁", "🍌"];
const LONG_PRESS_MS = 450;

let close = () => {};

/** A menu at a node or a point `{x, y}`; an item is `[sign, words, act, kind?]`. */
export function openMenu(at, items, { top, name } = {}) {
  close();
  const before = document.activeElement;
  const buttons = items.filter(Boolean).map(([sign, words, act, kind = ""]) =>
    el("button", { type: "button", role: "menuitem", class: `menu-item ${kind}`, tabindex: "-1", onclick: () => (close(), act()) }, icon(sign), words));
  const menu = el("div", { class: "menu", role: "menu", "aria-label": name, data: { testid: "menu" } }, top, buttons);
  document.body.append(menu);
  position(menu, at);
  const outside = (event) => !menu.contains(event.target) && close();
  close = () => {
    menu.remove();
    removeEventListener("pointerdown", outside, true);
    close = () => {};
    if (before?.isConnected) before.focus({ preventScroll: true });
  };
  addEventListener("pointerdown", outside, true);
  menu.addEventListener("keydown", walk);
  menu.querySelector("button")?.focus({ preventScroll: true });
}

function walk(event) {
  const all = [...event.currentTarget.querySelectorAll("button")];
  const at = all.indexOf(document.activeElement);
  const goal = { ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
  if (goal !== undefined) all.at(goal % all.length).focus();
  else if (event.key === "Escape" || event.key === "Tab") close();
  else return;
  event.preventDefault();
  event.stopPropagation();
}

/** Beside what it belongs to, and always wholly in sight. */
function position(menu, at) {
  const box = at instanceof Element ? at.getBoundingClientRect() : { left: at.x, right: at.x, top: at.y, bottom: at.y };
  const { offsetWidth: width, offsetHeight: height } = menu;
  const room = innerHeight - box.bottom > height + 8;
  menu.style.left = `${Math.max(Math.min(box.left, innerWidth - width - 8), 8)}px`;
  menu.style.top = `${Math.max(room ? box.bottom + 4 : box.top - height - 4, 8)}px`;
}

function openMessageMenu(message, at) {
  if (serviceOf(message)) return;
  const chat = openChat();
  const text = message.text ?? message.caption;
  const mine = isMine(message);
  const given = message.reactions?.find((one) => one.by === state.me)?.emoji;
  const react = (emoji) => el("button", {
    type: "button", role: "menuitemcheckbox", "aria-checked": String(given === emoji), tabindex: "-1",
    "aria-label": given === emoji ? t("unreact", { emoji }) : t("react", { emoji }), data: { testid: "react" },
    onclick: () => (close(), emit("react", { message, emoji: given === emoji ? null : emoji })),
  }, emoji);
  openMenu(at, [
    ["reply", t("reply"), () => emit("reply", message)],
    text && ["copy", t("copy"), () => copy(text)],
    ["forward", t("forward"), () => forward(message)],
    mine && (message.text !== undefined || message.photo || message.document) && ["edit", t("edit"), () => emit("edit", message)],
    (mine || isPrivate(chat)) && ["trash", t("delete"), () => attempt(api.remove(state.me, chat.id, message.message_id)), "bad"],
  ], { top: el("div", { class: "menu-emoji" }, EMOJI.map(react)), name: t("actions") });
}

async function forward(message) {
  const goal = await pickChat();
  if (!goal) return;
  const sent = await attempt(api.forward({ person: state.me, ...goal }, message.chat.id, message.message_id));
  if (sent) go({ chat: goal.chat, topic: goal.topic ?? 0 });
}

/** The message an event happened on; in an album the very picture. */
function messageAt(event) {
  const row = event.target.closest?.(".message");
  const id = event.target.closest?.("[data-id]")?.dataset.id ?? row?.dataset.id;
  return row && messageOf(state.chat, Number(id));
}

export function startMenus() {
  const list = byId("messages");
  on("menu", ({ message, at }) => openMessageMenu(message, at));
  on("react", ({ message, emoji }) => attempt(api.react(state.me, message.chat.id, message.message_id, emoji)));
  list.addEventListener("contextmenu", (event) => {
    const message = messageAt(event);
    if (!message || getSelection().toString()) return; // selected text keeps the browser's own menu
    event.preventDefault();
    const key = event.button !== 2 || (event.clientX === 0 && event.clientY === 0);
    openMessageMenu(message, key && event.pointerType !== "touch" ? event.target.closest(".message").querySelector(".bubble") : { x: event.clientX, y: event.clientY });
  });
  list.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches(".message")) return;
    event.preventDefault();
    openMessageMenu(messageAt(event), event.target.querySelector(".bubble"));
  });
  onLongPress(list, (event) => {
    const message = messageAt(event);
    if (message) openMessageMenu(message, { x: event.clientX, y: event.clientY });
  });
}

/** For browsers whose long press makes no `contextmenu` event. */
function onLongPress(node, act) {
  let timer = 0;
  const cancel = () => clearTimeout(timer);
  node.addEventListener("pointerdown", (event) => {
    cancel();
    if (event.pointerType === "touch") timer = setTimeout(act, LONG_PRESS_MS, event);
  });
  for (const kind of ["pointermove", "pointerup", "pointercancel", "contextmenu"]) node.addEventListener(kind, cancel);
}
