// The left side: who one is, and that person's chats.

import { serviceOf, summary } from "./content.js";
import { avatar, byId, el } from "./dom.js";
import { address, go } from "./place.js";
import {
  chatName, chatsOf, hereKey, isMine, isPrivate, lastMessage, me, nameOf, on, placeKey, state, topicOf, topicsOf, unreadIn, unreadOf,
} from "./state.js";
import { draftOf } from "./drafts.js";
import { clock, label, stars, t } from "./texts.js";

function drawPeople() {
  byId("people").replaceChildren(...state.people.map((person) => {
    const count = person.id === state.me ? 0 : unreadOf(person.id);
    const name = nameOf(person);
    const words = count ? t("withNews", { name, count }) : t("whoIs", { name });
    return el("button", {
      type: "button", class: "person", "aria-pressed": String(person.id === state.me), "aria-label": words, title: words,
      data: { testid: "person", id: person.id, name: person.first_name }, onclick: () => become(person.id),
    }, avatar(name, person.id), el("span", { class: "person-name" }, person.first_name), count > 0 && el("span", { class: "badge" }, count));
  }));
}

/** Be somebody else, in the same chat if they are in it too. */
function become(person) {
  const same = chatsOf(person).find((chat) => chat.id === state.chat);
  const onList = state.chat === null;
  go({ me: person, chat: onList ? null : (same?.id ?? person), topic: same ? (state.topic ?? 0) : null });
}

function drawChats() {
  byId("chats").replaceChildren(...chatsOf(state.me).map((chat) => {
    const last = lastMessage(chat);
    const count = unreadIn(state.me, chat);
    return el("li", {}, el("a", {
      class: "chat-link", href: address({ chat: chat.id }), "aria-current": chat.id === state.chat ? "true" : null,
      data: { testid: "chat", id: chat.id, type: chat.type },
    },
      avatar(chatName(chat), chat.id, isPrivate(chat) ? "bot" : "group"),
      el("span", { class: "chat-words" },
        el("span", { class: "chat-line" }, el("strong", {}, chatName(chat)), last && el("time", { class: "hint" }, clock(last.date))),
        el("span", { class: "chat-line hint" }, el("span", { class: "preview" }, preview(chat, last)),
          count > 0 && el("span", { class: "badge", "aria-label": t("unread", { count }) }, count)))));
  }));
}

function preview(chat, last) {
  for (const topic of [null, ...topicsOf(chat).map((one) => one.id)]) {
    const key = placeKey(state.me, chat.id, topic);
    if (draftOf(key)?.text && key !== hereKey()) return [el("span", { class: "draft-mark" }, t("draft"), " "), draftOf(key).text];
  }
  if (!last) return t("nothingYet");
  if (serviceOf(last)) return serviceOf(last);
  const topic = topicsOf(chat).find((one) => one.id === topicOf(last));
  const who = isMine(last) ? t("you") : !isPrivate(chat) && nameOf(last.from);
  return [topic && `${topic.name} · `, who && `${who}: `, summary(last)];
}

function drawSide() {
  if (state.me === null) return;
  keepFocus(byId("people"), drawPeople);
  byId("purse").textContent = stars(me().stars);
  label(byId("purse"), t("purse", { name: nameOf(me()), stars: stars(me().stars) }));
  keepFocus(byId("chats"), drawChats);
  byId("back").href = address({});
}

/** Redrawing must not throw the keyboard's place away. */
function keepFocus(box, redraw) {
  const id = box.contains(document.activeElement) ? document.activeElement.dataset.id : null;
  redraw();
  if (id) box.querySelector(`[data-id="${id}"]`)?.focus();
}

export function startSide() {
  for (const kind of ["world", "place", "messages", "drafts"]) on(kind, drawSide);
}
