// The head of the open chat: its name, what the bot is doing there, topics, and what can be done to the group.

import * as api from "./api.js";
import { askText, attempt } from "./dialogs.js";
import { avatar, byId, el } from "./dom.js";
import { openMenu } from "./menus.js";
import { go } from "./place.js";
import { chatName, isBots, isPrivate, on, openChat, state, topicsOf, unreadAt } from "./state.js";
import { t, told } from "./texts.js";

const ACTION_MS = 5000; // https://core.telegram.org/bots/api#sendchataction
const actions = new Map(); // "chat/topic" -> {action, timer}

const placeOf = (chat, topic) => `${chat}/${topic ?? 0}`;

function drawHead() {
  const chat = openChat();
  if (!chat) return;
  byId("chat-avatar").replaceChildren(avatar(chatName(chat), chat.id, isPrivate(chat) ? "bot" : "group"));
  byId("chat-name").textContent = chatName(chat);
  drawStatus();
  drawTopics(chat);
}

function drawStatus() {
  const chat = openChat();
  if (!chat) return;
  const doing = actions.get(placeOf(chat.id, state.topic));
  byId("chat-status").classList.toggle("doing", Boolean(doing));
  byId("chat-status").textContent = doing ? told(`action_${doing.action}`, t("action_other")).replace("{name}", state.bot.first_name) : still(chat);
}

function still(chat) {
  if (!isPrivate(chat)) return t("members", { count: chat.members.length + Number(["member", "administrator"].includes(chat.bot)) });
  return state.process.running ? t("botIs") : t("botStopped");
}

function drawTopics(chat) {
  const topics = topicsOf(chat).filter((topic) => !topic.deleted);
  byId("topics").hidden = !chat.forum;
  byId("topics").replaceChildren(...[{ id: null, name: t("general") }, ...topics].map((topic) => {
    const count = unreadAt(state.me, chat.id, topic.id);
    return el("button", {
      type: "button", class: "topic", "aria-pressed": String(topic.id === state.topic), data: { testid: "topic", id: topic.id ?? 0 },
      onclick: () => go({ chat: chat.id, topic: topic.id ?? 0 }),
    }, topic.closed ? t("closedTopic", { name: topic.name }) : topic.name, count > 0 && el("span", { class: "badge", "aria-label": t("unread", { count }) }, count));
  }));
}

function showAction({ chat, topic, action }) {
  const key = placeOf(chat, topic);
  clearTimeout(actions.get(key)?.timer);
  actions.set(key, { action, timer: setTimeout(endAction, ACTION_MS, key) });
  drawStatus();
}

function endAction(key) {
  clearTimeout(actions.get(key)?.timer);
  if (actions.delete(key)) drawStatus();
}

function openChatMenu() {
  const chat = openChat();
  const topic = topicsOf(chat).find((one) => one.id === state.topic);
  const change = (action, more) => () => attempt(api.group(action, chat.id, more));
  const inTopic = (sign, action, kind) => topic && [sign, t(action), change(action, { topic: topic.id }), kind];
  const present = ["member", "administrator"].includes(chat.bot);
  const items = isPrivate(chat)
    ? [chat.bot === "blocked" ? ["reply", t("unblock"), () => attempt(api.unblock(state.me))] : ["close", t("block"), () => attempt(api.block(state.me)), "bad"]]
    : [
        chat.forum && ["edit", t("add_topic"), () => addTopic(chat)],
        topic?.closed ? inTopic("reply", "reopen_topic") : inTopic("close", "close_topic"),
        inTopic("trash", "delete_topic", "bad"),
        chat.type === "group" && ["share", t("migrate"), change("migrate")],
        present ? ["trash", t("kick_bot"), change("kick_bot"), "bad"] : ["reply", t("add_bot"), change("add_bot")],
      ];
  openMenu(byId("chat-menu"), items, { name: t("chatMenu") });
}

async function addTopic(chat) {
  const name = await askText(t("topicName"), t("newTopicName"));
  if (name) await attempt(api.group("add_topic", chat.id, { name }));
}

export function startHead() {
  byId("chat-menu").addEventListener("click", openChatMenu);
  for (const kind of ["world", "place"]) on(kind, drawHead);
  on("messages", ({ chat }) => chat === undefined || openChat()?.forum ? drawHead() : null);
  on("process", drawStatus);
  on("action", showAction);
  on("arrived", (message) => isBots(message) && endAction(placeOf(message.chat.id, message.is_topic_message ? message.message_thread_id : null)));
}
