// What lies over the page for a moment: toasts, alerts, questions, choices of a chat.

import { avatar, byId, el, icon, leave } from "./dom.js";
import { chatName, chatsOf, isPrivate, state, topicsOf } from "./state.js";
import { t } from "./texts.js";

const TOAST_MS = 4000;

export function toast(text, kind = "") {
  const node = el("div", { class: `toast ${kind}`, data: { testid: "toast" } }, text);
  byId("toasts").append(node);
  setTimeout(leave, TOAST_MS, node);
}

/** Wait for a call of the API; a refusal is told in words and gives undefined. */
export async function attempt(promise) {
  try {
    return await promise;
  } catch (error) {
    toast(t("failed", { why: error.message }), "bad");
    if (error.constructor.name !== "Refusal") throw error;
    return undefined;
  }
}

/** A modal dialog; gives what it was closed with ("" if it was left). */
export function modal(attributes, ...children) {
  const dialog = el("dialog", attributes, ...children);
  document.body.append(dialog);
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.showModal();
  const closed = new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue);
    });
  });
  return { dialog, closed };
}

const closing = (value, text, kind = "") =>
  el("button", { type: "button", class: `button ${kind}`, onclick: ({ target }) => target.closest("dialog").close(value) }, text);

/** Words that wait until they are read (a callback answer with `show_alert`). */
export function tell(text) {
  const attributes = { class: "card", "aria-label": state.bot.first_name, data: { testid: "alert" } };
  return modal(attributes, el("p", { class: "alert-text" }, text), el("footer", {}, closing("ok", t("ok"), "main"))).closed;
}

/** A question; true if the person agrees. */
export async function ask(title, content, yes) {
  const footer = el("footer", {}, closing("", t("cancel")), closing("yes", yes, "main"));
  return (await modal({ class: "card", "aria-label": title }, el("h2", {}, title), content, footer).closed) === "yes";
}

/** A line of text, or null. */
export async function askText(title, value) {
  const input = el("input", { type: "text", value, "aria-label": title, maxlength: "128", autofocus: true });
  const { dialog, closed } = modal(
    { class: "card", "aria-label": title },
    el("h2", {}, title), input,
    el("footer", {}, closing("", t("cancel")), closing("yes", t("ok"), "main")),
  );
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault(); // else the key would also press the button that gets the focus back
    dialog.close("yes");
  });
  input.select();
  return (await closed) === "yes" ? input.value.trim() || null : null;
}

/** One of the person's chats (and topics) that `fits`: `{chat, topic}`, or null. */
export async function pickChat(fits = () => true) {
  let chosen = null;
  const entry = (chat, topic) => {
    const name = topic ? `${chatName(chat)} · ${topic.name}` : chatName(chat);
    const choose = ({ currentTarget }) => {
      chosen = { chat: chat.id, topic: topic?.id ?? undefined };
      currentTarget.closest("dialog").close();
    };
    return el("li", {}, el("button", { type: "button", class: "pick", data: { testid: "pick-chat" }, onclick: choose },
      avatar(chatName(chat), chat.id, isPrivate(chat) ? "bot" : "group"), name));
  };
  const chats = chatsOf(state.me).filter(fits);
  const list = chats.flatMap((chat) => [
    entry(chat, chat.forum ? { id: undefined, name: t("general") } : null),
    ...topicsOf(chat).filter((topic) => !topic.deleted).map((topic) => entry(chat, topic)),
  ]);
  await modal({ class: "card", "aria-label": t("pickChat"), data: { testid: "chat-picker" } },
    el("h2", {}, t("pickChat")), el("ul", { class: "picks" }, list), el("footer", {}, closing("", t("cancel")))).closed;
  return chosen;
}

export function closeButton(onclick) {
  return el("button", { type: "button", class: "icon-button", "aria-label": t("close"), title: t("close"), data: { testid: "close" }, onclick }, icon("close"));
}
