// The bot's commands as this person sees them in this chat: behind the "/" button and while "/" is typed.

import * as api from "./api.js";
import { attempt, toast } from "./dialogs.js";
import { byId, el, icon } from "./dom.js";
import { closePopup, openPopup } from "./popup.js";
import { here, isPrivate, on, openChat, state } from "./state.js";
import { label, t } from "./texts.js";
import { openApp } from "./webapp.js";

const known = new Map(); // "person/chat" -> commands, until the bot changes them

async function commands() {
  const key = `${state.me}/${state.chat}`;
  if (!known.has(key)) {
    const list = await attempt(api.commands(state.me, state.chat));
    if (list) known.set(key, list);
  }
  return known.get(key) ?? [];
}

/** Suggest for what is typed; true if it begins a command. */
export async function suggestCommands(text) {
  const typed = /^\/(\w*)$/.exec(text);
  if (!typed) return false;
  const fits = (await commands()).filter(({ command }) => command.startsWith(typed[1].toLowerCase()));
  if (byId("field").value !== text) return true;
  if (fits.length) openPopup("commands", t("commands"), fits.map(option), { chosen: typed[1] ? 0 : -1 });
  else closePopup();
  return true;
}

function option({ command, description }) {
  const words = `/${command}`;
  return {
    node: el("div", { class: "command", data: { testid: "command", command } }, el("strong", {}, words), el("span", { class: "hint" }, description)),
    choose: () => send(words),
    complete() {
      byId("field").value = `${words} `;
      byId("field").dispatchEvent(new Event("input"));
    },
  };
}

function send(words) {
  closePopup();
  byId("field").value = "";
  byId("field").dispatchEvent(new Event("input"));
  sendCommand(words);
}

/** In groups a command carries the bot's name, so that no other bot feels meant. */
function sendCommand(words) {
  const chat = openChat();
  const name = isPrivate(chat) || words.includes("@") ? "" : `@${state.bot.username}`;
  return attempt(api.say(here(), words + name));
}

async function openAll() {
  const list = await commands();
  if (!list.length) return toast(t("noCommands"));
  byId("field").focus();
  openPopup("commands", t("commands"), list.map(option), { chosen: 0 });
}

/** The Mini App that stands in the place of the commands in a private chat, if the bot wants that. */
function menuApp() {
  const chat = openChat();
  const button = chat && isPrivate(chat) ? (chat.menu_button ?? state.menuButton) : null;
  return button?.type === "web_app" ? button : null;
}

function drawButton() {
  const app = menuApp();
  byId("menu-button").replaceChildren(icon(app ? "app" : "slash"));
  label(byId("menu-button"), app ? app.text : t("commands"));
}

export function startSuggesting() {
  on("world", () => known.clear());
  for (const kind of ["world", "place"]) on(kind, drawButton);
  on("command", ({ command }) => sendCommand(command));
  byId("menu-button").addEventListener("click", () => {
    const app = menuApp();
    if (app) openApp(app.web_app.url, app.text);
    else if (!byId("popup").hidden) closePopup();
    else openAll();
  });
}
